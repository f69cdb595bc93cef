import { Writable } from 'node:stream';
import winston from 'winston';
import { type Entry, jsonLine } from './lines.js';
import type { Redactor } from './redact.js';
import type { RotatingFile } from './rotating-file.js';

/** Our entries pass through winston as one field, so that none of theirs can collide with its own. */
const entryOf = (info: winston.Logform.TransformableInfo): Entry => info.entry as Entry;

export function redaction(redactor: Redactor) {
  return winston.format((info) => {
    const entry = entryOf(info);
    try {
      const { message, fields } = entry;
      info.entry = { ...entry, message: redactor.text(message), fields: redactor.fields(fields) };
    } catch {
      // A getter may throw, for example. What cannot be redacted is not shown.
      info.entry = { ...entry, message: 'a log entry that cannot be printed', fields: {} };
    }
    return info;
  })();
}

export interface TransportOptions {
  /** How an entry is printed; JSON unless told otherwise. */
  line?: (entry: Entry) => string;
  level?: 'error';
  /** Takes only entries of this kind. */
  kind?: Entry['kind'];
}

export function transportTo(stream: Writable, options: TransportOptions = {}) {
  const { line = jsonLine, level, kind } = options;
  const select = winston.format((info) => (kind === undefined || entryOf(info).kind === kind ? info : false));
  const print = winston.format.printf((info) => line(entryOf(info)));
  return new winston.transports.Stream({
    stream,
    eol: '\n',
    ...(level ? { level } : {}),
    format: winston.format.combine(select(), print),
  });
}

/** Accepts every line at once: a stalled stream would hold up all transports of the logger. */
export function streamInto(file: RotatingFile): Writable {
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      file.write(line);
      done();
    },
  });
}
