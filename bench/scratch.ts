import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '../database/connect.js';

export function newScratchFolder(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'otp-bench-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A new database in a file of its own, which goes with `close`. */
export async function openScratch(): Promise<{
  database: Database;
  folder: string;
  file: string;
  close(): Promise<void>;
}> {
  const { folder, remove } = newScratchFolder();
  const file = join(folder, 'app.db');
  const database = await openDatabase({ kind: 'sqlite', filename: file });
  return {
    database,
    folder,
    file,
    async close() {
      await database.close();
      remove();
    },
  };
}
