import type { SocketConfig } from '@whiskeysockets/baileys';
import type { Log, LogFields } from '../../log.js';
import { describe, scrub } from './scrub.js';
import type { WhatsAppSettings } from './settings.js';

export type BaileysLog = SocketConfig['logger'];

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Scalars that say what happened and give nothing away. Everything else that Baileys logs may hold texts or keys. */
const HARMLESS = [
  'id',
  'msgId',
  'count',
  'retryCount',
  'attempt',
  'code',
  'status',
  'deviceCount',
  'opName',
  'size',
];

/**
 * What Baileys calls a warning or an error although it is part of every day: a message to a LID, the restart after a
 * pairing, a connection that ends (which we report ourselves).
 */
const EVERYDAY = ['Invalid LID-PN mapping', 'stream errored out', 'no name present'];

/** Baileys' logger, bridged to ours: a scrubbed sentence and a few harmless fields, at every level. */
export function createBaileysLog(log: Log, level: WhatsAppSettings['logLevel']): BaileysLog {
  const lowest = LEVELS.indexOf(level);
  const write = (severity: (typeof LEVELS)[number], to: (text: string, fields: LogFields) => void) => {
    const on = LEVELS.indexOf(severity) >= lowest;
    return (about: unknown, message?: string) => {
      if (!on) return;
      const text = typeof about === 'string' ? about : (message ?? '');
      const say = EVERYDAY.some((start) => text.startsWith(start)) ? log.debug : to;
      say(`baileys: ${scrub(text)}`, harmlessFields(about));
    };
  };
  const logger: BaileysLog = {
    // At "trace" Baileys would render every stanza as text.
    level: level === 'trace' ? 'debug' : level,
    child: () => logger,
    trace: write('trace', (text, fields) => log.debug(text, fields)),
    debug: write('debug', (text, fields) => log.debug(text, fields)),
    info: write('info', (text, fields) => log.info(text, fields)),
    warn: write('warn', (text, fields) => log.warn(text, fields)),
    error: write('error', (text, fields) => log.error(text, fields)),
  };
  return logger;
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
