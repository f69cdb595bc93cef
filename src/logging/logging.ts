import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { WriteStream } from 'node:tty';
import winston from 'winston';
import type { Clock } from '../clock.js';
import type { Log, LogFields, LogLevel } from '../log.js';
import { type Entry, jsonLine, prettyLine } from './lines.js';
import { createRedactor } from './redact.js';
import { createRotatingFile } from './rotating-file.js';
import { redaction, streamInto, transportTo } from './transports.js';

export interface Logging {
  log: Log;
  /** For `uncaughtException`: also logs to exceptions.log. Whether to go on is the caller's decision. */
  logException(error: unknown): void;
  /** For `unhandledRejection`: the same with rejections.log. */
  logRejection(reason: unknown): void;
  /** Resolves when every line is in its file; what is logged afterwards is dropped. */
  close(): Promise<void>;
}

export interface LoggingOptions {
  level: 'error' | 'warn' | 'info' | 'http' | 'verbose' | 'debug' | 'silly';
  /** Created when missing. If it cannot be written, logging goes on with the console alone. */
  dir: string;
  console: 'pretty' | 'json';
  /** Values that are redacted wherever they appear. */
  secrets: readonly string[];
  clock: Clock;
  /** Where the console's lines go; by default standard output. */
  out?: Writable;
  maxFileBytes?: number;
  maxFiles?: number;
}

const TROUBLE_QUIET_MS = 10 * 60_000;

/** The console, combined.log, error.log, exceptions.log and rejections.log. */
export function createLogging(options: LoggingOptions): Logging {
  const { level, dir, clock, out = process.stdout } = options;
  let closed = false;
  let quietUntil = Number.NEGATIVE_INFINITY;

  const file = (name: string) =>
    createRotatingFile({
      path: join(dir, name),
      maxBytes: options.maxFileBytes ?? 10_000_000,
      maxFiles: options.maxFiles ?? 5,
      clock,
      onTrouble: warnOfTrouble,
    });
  const combined = file('combined.log');
  const errors = file('error.log');
  const exceptions = file('exceptions.log');
  const rejections = file('rejections.log');

  const coloured = out instanceof WriteStream && out.hasColors();
  const consoleLine = options.console === 'json' ? jsonLine : (entry: Entry) => prettyLine(entry, coloured);
  const logger = winston.createLogger({
    level,
    format: redaction(createRedactor(options.secrets)),
    transports: [
      transportTo(out, { line: consoleLine }),
      transportTo(streamInto(combined)),
      transportTo(streamInto(errors), { level: 'error' }),
      transportTo(streamInto(exceptions), { kind: 'exception' }),
      transportTo(streamInto(rejections), { kind: 'rejection' }),
    ],
  });
  // If the reader of the console goes away (EPIPE), that is no reason to stop.
  out.on('error', () => {});
  logger.on('error', () => {});

  function warnOfTrouble(code: string): void {
    if (clock.elapsed() < quietUntil) return;
    quietUntil = clock.elapsed() + TROUBLE_QUIET_MS;
    log.warn('log files cannot be written, going on with the console', { dir, reason: code });
  }

  function write(level: LogLevel, kind: Entry['kind'], message: string, fields: LogFields): void {
    if (closed) return;
    const entry: Entry = { level, kind, message, fields, at: clock.now() };
    logger.log({ level, message: '', entry });
  }

  /** A disabled level costs one call of an empty function. */
  function at(level: LogLevel): Log['debug'] {
    if (!logger.isLevelEnabled(level)) return () => {};
    return (message, fields = {}) =>
      write(level, 'message', message, typeof fields === 'function' ? fields() : fields);
  }

  const log: Log = {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    isDebugged: logger.isLevelEnabled('debug'),
  };
  return {
    log,
    logException: (error) => write('error', 'exception', 'uncaught exception', { error }),
    logRejection: (reason) => write('error', 'rejection', 'unhandled rejection', { error: reason }),
    async close() {
      if (closed) return;
      closed = true;
      await new Promise<void>((resolve) => {
        logger.once('finish', resolve);
        logger.end();
      });
      await Promise.all([combined, errors, exceptions, rejections].map((target) => target.close()));
    },
  };
}
