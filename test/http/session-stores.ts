import { join } from 'node:path';
import type { SessionStoreSettings } from '../../src/http/operator-sessions/session-store.js';
import { newFolder, newMigratedDatabase } from '../support/databases.js';

/** An empty store of sessions, as the product finds it. */
export async function newSessionStore<Kind extends SessionStoreSettings['kind']>(
  kind: Kind,
): Promise<Extract<SessionStoreSettings, { kind: Kind }>>;
export async function newSessionStore(kind: SessionStoreSettings['kind']): Promise<SessionStoreSettings> {
  if (kind === 'sqlite') return { kind, file: join(newFolder(), 'sessions.db') };
  const settings = await newMigratedDatabase(kind);
  if (settings.kind !== kind) throw new Error(`asked for ${kind}`);
  return settings;
}
