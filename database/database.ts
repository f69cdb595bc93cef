import type { Store } from './schema.js';

export type DatabaseSettings = { kind: 'sqlite'; filename: string } | { kind: 'postgres'; url: string };

export interface Database {
  kind: DatabaseSettings['kind'];
  store: Store;
  close(): Promise<void>;
}
