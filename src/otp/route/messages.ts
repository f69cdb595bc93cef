import type { JoiningJob } from '../../delivery/queue/new-job.js';
import { SealBroken, type Sealer } from '../../sealing.js';
import type { KnownCode } from './known-codes.js';
import type { RoutedCode, Wording } from './route.js';

/**
 * The message of a code, over whatever channel.
 * @param of null: the code has no row.
 * @param now when it is made: it tells how long the code is good from then on.
 */
export function messageOf(
  code: RoutedCode,
  wording: Wording,
  of: { codeId: string; askedBy: string | null } | null,
  now = code.createdAt,
): JoiningJob {
  const { expiresAt } = code;
  const { text, shape, subject } = wording(code, expiresAt - now);
  const message: JoiningJob = {
    caller: code.caller,
    purpose: code.purpose,
    recipient: code.contact.value,
    code: code.code,
    text,
    shape,
    expiresAt,
    silent: code.silent,
  };
  if (subject !== undefined) message.subject = subject;
  if (code.locale !== null) message.locale = code.locale;
  if (code.requestId !== undefined) message.requestId = code.requestId;
  if (of !== null) message.codeId = of.codeId;
  if (of !== null && of.askedBy !== null) message.askedBy = of.askedBy;
  return message;
}

/** A stored code as it once began; null: it cannot be read (another ENCRYPTION_KEY), or was removed when it ended. */
export function codeOf({ row, route }: KnownCode, sealer: Sealer): RoutedCode | null {
  const code = row.code === null ? null : openOrNull(sealer, row.code, row.id);
  if (code === null) return null;
  const door = doorOf(row);
  return {
    caller: row.caller,
    purpose: row.purpose,
    contact: { kind: row.contact.startsWith('+') ? 'phone' : 'email', value: row.contact },
    route,
    code,
    locale: row.locale,
    action: row.action,
    sentence: row.sentence,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    silent: false,
    ...(row.request_id !== null && { requestId: row.request_id }),
    ...(door && { door }),
  };
}

/** As a contract asked for it. */
function doorOf({ caller, purpose }: KnownCode['row']): RoutedCode['door'] {
  if (!caller.startsWith('contract:')) return undefined;
  return purpose.endsWith('-register') ? 'sign-up' : 'sign-in';
}

function openOrNull(sealer: Sealer, sealed: string, id: string): string | null {
  try {
    return sealer.open(sealed, id);
  } catch (error) {
    if (error instanceof SealBroken) return null;
    throw error;
  }
}
