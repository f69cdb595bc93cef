import { hideSecrets, type LogFields, maskEmails, maskPhone } from '../log.js';

/** The last line of defence against careless log calls. The first is not to pass secrets at all. */
export interface Redactor {
  text(text: string): string;
  /** A copy that JSON.stringify can take, whatever the original held. */
  fields(fields: LogFields): LogFields;
}

const HIDDEN = '[redacted]';
const MAX_TEXT = 4_000;
const MAX_DEPTH = 6;
const MAX_ENTRIES = 50;
/** The secret part of an API key; its id may be shown. */
const KEY_SECRET = /(?<=wotp_[0-9A-Za-z]{8}_)[0-9A-Za-z]{36}/g;

/** Field names, in lower case and without dashes and underscores. */
const SENSITIVE =
  /^(otp|code|text|body|caption|content|conversation|qr|authorization)$|(password|passphrase|secret|token|cookie|apikey|privatekey|encryptionkey|(qr|pairing|otp)(code|string))$/;
/** Error codes are words like ECONNREFUSED or SQLITE_BUSY; a one-time code has digits. */
const ERROR_CODE = /^[A-Z][A-Z_]{2,}[A-Z0-9_]*$/;
/**
 * PostgreSQL's own error codes have five digits or capitals (57014, 57P01) and begin with one of the classes of its
 * manual (appendix A). Only its errors, which always have a severity, may show one: anywhere else five digits could be a
 * one-time code.
 */
const SQLSTATE = /^(0[0-3894]|0[ABFLPZ]|10|2[0-8BDF]|3[489BDF]|4[024]|5[34578]|72|F0|HV|P0|XX)[0-9A-Z]{3}$/;
const PHONE = /\+\d{7,15}|\d{7,15}(?=(:\d+)?@(s\.whatsapp\.net|lid|hosted))/g;
/** Everything but newline and tab: terminal escapes, forged lines. */
const CONTROL = /(?![\n\t])\p{Cc}/gu;

export function createRedactor(secrets: readonly string[]): Redactor {
  const hide = hideSecrets(secrets);

  function text(value: string): string {
    const hidden = hide(value).replace(KEY_SECRET, HIDDEN);
    const clean = maskEmails(hidden.replace(PHONE, maskPhone)).replace(CONTROL, escapeControl);
    return clean.length <= MAX_TEXT ? clean : `${clean.slice(0, MAX_TEXT)}… (${clean.length} characters)`;
  }

  function safe(value: unknown, above: object[]): unknown {
    switch (typeof value) {
      case 'string':
        return text(value);
      case 'bigint':
        return value.toString();
      case 'object':
        return value === null ? null : object(value, above);
      case 'function':
      case 'symbol':
        return `[${typeof value}]`;
      default:
        return value;
    }
  }

  function object(value: object, above: object[]): unknown {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if (above.includes(value)) return '[circular]';
    if (above.length >= MAX_DEPTH) return '[deeper]';
    const path = [...above, value];
    if (value instanceof Error) return error(value, path);
    if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`;
    if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((item) => safe(item, path));
    return members(value, path);
  }

  function members(value: object, path: object[]): LogFields {
    const copy: LogFields = {};
    for (const [name, member] of Object.entries(value).slice(0, MAX_ENTRIES)) {
      const empty = member === null || member === undefined;
      copy[name] = isSensitive(name) && !empty ? HIDDEN : safe(member, path);
    }
    return copy;
  }

  function error(value: Error, path: object[]): LogFields {
    const plain = Object.entries(value).filter(([, member]) => typeof member !== 'object');
    const copy: LogFields = { name: value.name, message: text(value.message) };
    Object.assign(copy, members(Object.fromEntries(plain), path));
    if ('code' in value && isErrorCode(value, String(value.code))) copy.code = value.code;
    if (value.stack) copy.stack = text(value.stack);
    if (value.cause !== undefined) copy.cause = safe(value.cause, path);
    return copy;
  }

  return { text, fields: (fields) => members(fields, [fields]) };
}

function isErrorCode(error: Error, code: string): boolean {
  const isPostgres = 'severity' in error && typeof error.severity === 'string';
  return ERROR_CODE.test(code) || (isPostgres && SQLSTATE.test(code));
}

function isSensitive(name: string): boolean {
  return SENSITIVE.test(name.toLowerCase().replace(/[-_\s]/g, ''));
}

function escapeControl(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
