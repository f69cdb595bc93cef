import type { SocketConfig } from '@whiskeysockets/baileys';
import { type DestinationStream, pino } from 'pino';
import type { Log, LogFields } from '../../../log.js';
import { describe, scrub } from '../scrub.js';
import type { WhatsAppSettings } from '../settings.js';

export type BaileysLog = SocketConfig['logger'];

/** pino's numbers. */
const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };
const OURS = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  fatal: 'error',
} as const;

/**
 * Scalars that say what happened and reveal nothing. Anything else that Baileys logs may contain texts or keys, or ids:
 * who knows the id of a message can ask for it, or report about it.
 */
const HARMLESS = ['count', 'retryCount', 'attempt', 'code', 'status', 'deviceCount', 'opName', 'size'];

/**
 * Everyday events that Baileys logs as warnings or errors: a message to a LID, the restart after a pairing, a connection
 * that ends (which we report ourselves).
 */
const EVERYDAY = ['Invalid LID-PN mapping', 'stream errored out', 'no name present'];

/**
 * The pino logger that Baileys expects, writing into ours: a scrubbed sentence and a few harmless fields, at every level.
 */
export function createBaileysLog(log: Log, level: WhatsAppSettings['logLevel']): BaileysLog {
  const isTrace = level === 'trace';
  return pino(
    {
      // At "trace" Baileys would render every stanza as text. It sees "debug" instead, with its traces just above that.
      level: isTrace ? 'debug' : level,
      customLevels: { ...LEVELS, trace: isTrace ? LEVELS.debug + 1 : LEVELS.trace },
      useOnlyCustomLevels: true,
      timestamp: false,
      formatters: { level: (name) => ({ level: name }) },
      // Separate from the fields of a child logger, which are left out.
      nestedKey: 'fields',
      // Nothing raw reaches pino, whose serializers print every property of an error.
      hooks: {
        logMethod(args: unknown[], write) {
          const [about, message] = args;
          const text = typeof about === 'string' ? about : typeof message === 'string' ? message : '';
          write.call(this, harmlessFields(about), scrub(text));
        },
      },
    },
    streamInto(log),
  );
}

interface PinoLine {
  level: keyof typeof LEVELS;
  msg: string;
  fields?: LogFields;
}

function streamInto(log: Log): DestinationStream {
  return {
    write(line) {
      const { level, msg, fields = {} } = JSON.parse(line) as PinoLine;
      const isEveryday = EVERYDAY.some((start) => msg.startsWith(start));
      log[isEveryday ? 'debug' : OURS[level]](`baileys: ${msg}`, fields);
    },
  };
}

function harmlessFields(about: unknown): LogFields {
  if (typeof about !== 'object' || about === null) return {};
  const source = about as Record<string, unknown>;
  const fields: LogFields = {};
  for (const name of HARMLESS) {
    const value = source[name];
    if (typeof value === 'number') fields[name] = value;
    else if (typeof value === 'string') fields[name] = /^[\w.-]{1,40}$/.test(value) ? value : scrub(value);
  }
  const error = source.err ?? source.error;
  if (error !== undefined) fields.cause = describe(error);
  return fields;
}
