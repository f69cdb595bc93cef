/** The logger of every module; `logging/` creates it. Never pass a code, a message text, a key or a token. */
export interface Log {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  /** Cheap when the level is off: pass a function if the fields are expensive. */
  debug(message: string, fields?: LogFields | (() => LogFields)): void;
  /** False: lines at `debug` go nowhere, and nothing needs to be prepared for them. */
  isDebugged?: boolean;
}

export type LogLevel = Exclude<keyof Log, 'isDebugged'>;
export type LogFields = Record<string, unknown>;

export const silentLog: Log = { error() {}, warn() {}, info() {}, debug() {}, isDebugged: false };

const HIDDEN = '[redacted]';
/** Hiding shorter ones would mangle ordinary words. */
const MIN_SECRET_LENGTH = 6;

/** What hides these secrets in a text: as they are, and as they stand in a URL and in JSON. */
export function hideSecrets(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    .sort((one, other) => other.length - one.length)
    .map((secret) => secret.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  if (forms.length === 0) return (text) => text;
  const known = new RegExp([...new Set(forms)].join('|'), 'g');
  return (text) => text.replace(known, HIDDEN);
}

/** What a mail server may repeat of a login: the password, and what was sent of it (RFC 4616, RFC 7617). */
export function loginSecrets({ user, pass }: { user: string; pass: string }): string[] {
  const sent = [pass, `${user}:${pass}`, `\0${user}\0${pass}`];
  return [pass, ...sent.map((text) => Buffer.from(text).toString('base64').replace(/=+$/, ''))];
}

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
