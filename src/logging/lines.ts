import type { LogFields, LogLevel } from '../log.js';

/** One log call. An exception or a rejection also goes into a separate file. */
export interface Entry {
  level: LogLevel;
  kind: 'message' | 'exception' | 'rejection';
  message: string;
  /** Unix ms. */
  at: number;
  fields: LogFields;
}

export function jsonLine({ level, message, at, fields }: Entry): string {
  const head = { time: new Date(at).toISOString(), level, message };
  return JSON.stringify({ ...head, ...fields, ...head });
}

const COLOURS = { error: '31', warn: '33', info: '32', debug: '36' };
const LABELS = { error: 'ERROR', warn: 'WARN ', info: 'INFO ', debug: 'DEBUG' };

/** `10:43:40.123 INFO  listening  port=3000`, and the stack of an error below. */
export function prettyLine({ level, message, at, fields }: Entry, coloured: boolean): string {
  const paint = (colour: string, text: string) => (coloured ? `\x1b[${colour}m${text}\x1b[0m` : text);
  const time = new Date(at).toTimeString().slice(0, 8);
  const millis = String(at % 1_000).padStart(3, '0');
  const stacks: string[] = [];
  const shown = Object.entries(fields).map(([name, value]) => {
    if (isError(value) && value.stack) stacks.push(value.stack);
    return `${paint('2', `${name}=`)}${printed(isError(value) ? value.message : value)}`;
  });
  const label = paint(COLOURS[level], LABELS[level]);
  const line = [
    paint('2', `${time}.${millis}`),
    label,
    oneLine(message),
    ...(shown.length ? ['', ...shown] : []),
  ];
  return [line.join(' '), ...stacks.map((stack) => paint('2', stack.replace(/^/gm, '    ')))].join('\n');
}

function isError(value: unknown): value is { message: string; stack?: string } {
  return typeof value === 'object' && value !== null && 'stack' in value && 'message' in value;
}

function printed(value: unknown): string {
  if (typeof value === 'string' && /^[^\s"=]+$/.test(value)) return value;
  return JSON.stringify(value) ?? 'undefined';
}

const oneLine = (text: string): string => text.replace(/\n/g, '\\n').replace(/\t/g, ' ');
