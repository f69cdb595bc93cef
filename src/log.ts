/** What every module logs through; `logging/` makes it. Never pass a code, a message text, a key or a token. */
export interface Log {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  /** Cheap when the level is off: pass a function where the fields cost something. */
  debug(message: string, fields?: LogFields | (() => LogFields)): void;
}

export type LogFields = Record<string, unknown>;

export const silentLog: Log = { error() {}, warn() {}, info() {}, debug() {} };

/** `+201001234567` as `+20*******67`: enough to recognise, too little to use. */
export function maskPhone(phone: string): string {
  return phone.length <= 5 ? '***' : phone.slice(0, 3) + '*'.repeat(phone.length - 5) + phone.slice(-2);
}
