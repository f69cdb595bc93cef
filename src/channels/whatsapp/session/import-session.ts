import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '../../../../database/schema.js';
import type { Clock } from '../../../clock.js';
import type { Log } from '../../../log.js';
import { CREDS, linkedPhone } from './session.js';
import { type RowChange, SessionCorrupt, type SessionRows } from './session-rows.js';

/** If one is a prefix of another, the longer one comes first. */
const KEY_TYPES = [
  'app-state-sync-version',
  'app-state-sync-key',
  'sender-key-memory',
  'sender-key',
  'identity-key',
  'device-list',
  'lid-mapping',
  'pre-key',
  'session',
  'tctoken',
];

/**
 * Takes over a session that an earlier installation kept in files (Baileys' `useMultiFileAuthState`), once, and leaves
 * the files as they are. Throws `SessionCorrupt` when the identity among them cannot be read.
 */
export async function importSession(deps: {
  store: Store;
  rows: SessionRows;
  clock: Clock;
  log: Log;
  account: string;
  folder: string;
}): Promise<boolean> {
  const { folder, log } = deps;
  const files = await readdir(folder).catch((): string[] => []);
  if (!files.includes('creds.json')) return false;
  const identity = await readJson(join(folder, 'creds.json'));
  if (identity === null) {
    throw new SessionCorrupt(
      `The session to import cannot be read: creds.json in ${folder} is damaged. Restore it, or log out to pair anew.`,
    );
  }
  // A session that was never linked is worthless.
  if (linkedPhone(JSON.parse(identity)) === null) return false;
  const changes: RowChange[] = [{ ...CREDS, text: identity }];
  for (const file of files) {
    const key = keyOfFile(file);
    if (!key) continue;
    const text = await readJson(join(folder, file));
    if (text === null) log.warn('a key file of the imported session is damaged and left out', { file });
    else changes.push({ ...key, text });
  }
  await deps.rows.write(changes, (trx) =>
    trx
      .updateTable('service_status')
      .set({ session_imported_at: deps.clock.now() })
      .where('account', '=', deps.account)
      .execute(),
  );
  log.info('imported a WhatsApp session from files', { folder, rows: changes.length });
  return true;
}

/** Baileys wrote `/` as `__` and `:` as `-` in file names; which ids can hold them depends on the type. */
export function keyOfFile(file: string): { type: string; id: string } | null {
  const type = KEY_TYPES.find((name) => file.startsWith(`${name}-`));
  if (!type || !file.endsWith('.json')) return null;
  const name = file.slice(type.length + 1, -'.json'.length);
  if (type === 'app-state-sync-key') return { type, id: name.replaceAll('__', '/') };
  if (type === 'sender-key') return { type, id: name.replaceAll('--', '::') };
  return { type, id: name };
}

async function readJson(file: string): Promise<string | null> {
  try {
    const text = await readFile(file, 'utf8');
    JSON.parse(text);
    return text;
  } catch {
    return null;
  }
}
