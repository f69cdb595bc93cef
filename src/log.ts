/** The logger of every module; `logging/` creates it. Never pass a code, a message text, a key or a token. */
export interface Log {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  /** Cheap when the level is off: pass a function if the fields are expensive. */
  debug(message: string, fields?: LogFields | (() => LogFields)): void;
}

export type LogFields = Record<string, unknown>;

export const silentLog: Log = { error() {}, warn() {}, info() {}, debug() {} };

/** `+201001234567` as `+20*******67`: enough to recognise a number, too little to use it. */
export function maskPhone(phone: string): string {
  return phone.length <= 5 ? '***' : phone.slice(0, 3) + '*'.repeat(phone.length - 5) + phone.slice(-2);
}

/** E-mail addresses within a text, but not WhatsApp's JIDs, which look similar. */
const EMAIL =
  /[^\s@<>()[\],;:"'/\\][^\s@<>()[\],;:"\\]{0,63}@(?!s\.whatsapp\.net|g\.us)(?:[\p{L}\p{N}-]{1,63}\.)+(?:xn--[a-z\d-]{1,59}|\p{L}{2,63})/giu;

/** `user@example.com` as `us***@e***.com`. */
export function maskEmail(address: string): string {
  const at = address.lastIndexOf('@');
  const [name, domain] = [address.slice(0, at), address.slice(at + 1)];
  const shown = name.slice(0, name.length > 3 ? 2 : 1);
  const ending = /\.[^.]+$/.exec(domain)?.[0] ?? '';
  return `${shown}***@${domain.slice(0, 1)}***${ending}`;
}

/** A phone number or an e-mail address. */
export function maskContact(contact: string): string {
  return contact.includes('@') ? maskEmail(contact) : maskPhone(contact);
}

/** A text with the e-mail addresses in it masked. */
export function maskEmails(text: string): string {
  return text.replace(EMAIL, maskEmail);
}
