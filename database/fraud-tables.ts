import type { Generated } from 'kysely';

export interface ConversionsTable {
  prefix: string;
  slot: number;
  channel: string;
  country: string;
  started: number;
  approved: Generated<number>;
  forgiven_started: Generated<number>;
  forgiven_approved: Generated<number>;
}

export interface BlockedPrefixesTable {
  prefix: string;
  country: string;
  since: number;
  until: number;
  started: number;
  approved: number;
}
