import type { Generated, Kysely, Selectable } from 'kysely';
import type { ChannelPausesTable, CodeAttemptsTable, CodesTable, LinksTable } from './code-tables.js';
import type { BlockedPrefixesTable, ConversionsTable } from './fraud-tables.js';
import type { ApiKeysTable, HooksTable, TestNumbersTable } from './key-tables.js';
import type { ProviderMessagesTable } from './provider-tables.js';
import type {
  ChallengesTable,
  ClientFailuresTable,
  ClientSendsTable,
  RegistrationsTable,
  SignInsTable,
  UsersTable,
} from './sign-in-tables.js';
import type { WebhookDeliveriesTable, WebhookEndpointsTable, WebhookEventsTable } from './webhook-tables.js';

export type { AttemptCause, CodeStatus, Proof, UserFirst } from './code-tables.js';
export { CODE_STATUSES } from './code-tables.js';
export type { CodeDoor, Contract } from './sign-in-tables.js';

/** The tables as migrations/ creates them. Times are Unix milliseconds. */
export interface Tables {
  jobs: JobsTable;
  service_status: ServiceStatusTable;
  whatsapp_credentials: { account: string; type: string; id: string; value: string };
  recipients: RecipientsTable;
  idempotency_keys: IdempotencyKeysTable;
  lease_owners: { owner: string; since: number };
  message_shapes: { id: Generated<number>; hash: string; text: string };
  job_events: JobEventsTable;
  audit_log: AuditLogTable;
  counters: { name: string; slot: number; value: number };
  /** The values that count, whether already summed up or not. */
  counter_values: { name: string; slot: number; value: number };
  search_progress: { id: number; up_to: number; volumes: Generated<number> };
  search_marks: { block: number; mark: string; places: Buffer };
  search_volumes: { volume: number; mark: string; places: Buffer };
  search_errors: { id: Generated<number>; code: string; message: string };
  users: UsersTable;
  numbers: { phone: string; person: string; named_at: number | null };
  lost_numbers: { user_id: string; phone: string; lost_to: string | null; at: number };
  identities: { issuer: string; subject: string; user_id: string; created_at: number };
  registrations: RegistrationsTable;
  challenges: ChallengesTable;
  client_failures: ClientFailuresTable;
  client_sends: ClientSendsTable;
  revoked_tokens: { jti: string; expires_at: number };
  api_keys: ApiKeysTable;
  test_numbers: TestNumbersTable;
  caller_counts: { caller: string; what: string; period: number; used: number };
  limit_counts: { name: string; subject: string; used: number; since: number; until: number };
  known_clients: { user_id: string; client: string; signed_in_at: number };
  flood_counts: { flood: string; minute: number; times: number };
  operator_clients: { client: string; signed_in_at: number };
  sign_ins: SignInsTable;
  digit_searches: { actor: string; hour: number; times: number; entry: number | null };
  openid_logins: { id: string; secrets: string; expires_at: number };
  key_changes: { id: string; variable: KeyVariable; began_at: number; finished_at: number | null };
  resealed: ResealedTable;
  conversions: ConversionsTable;
  blocked_prefixes: BlockedPrefixesTable;
  codes: CodesTable;
  provider_messages: ProviderMessagesTable;
  code_attempts: CodeAttemptsTable;
  channel_pauses: ChannelPausesTable;
  links: LinksTable;
  opt_outs: { address: string; opted_out_at: number };
  hooks: HooksTable;
  webhook_endpoints: WebhookEndpointsTable;
  webhook_events: WebhookEventsTable;
  webhook_deliveries: WebhookDeliveriesTable;
  own_texts: { caller: string; locale: string; template: string; changed_at: number };
}

/** In the order of a job's life. */
export const JOB_STATUSES = ['pending', 'processing', 'sent', 'failed', 'expired'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

interface JobsTable {
  id: Generated<number>;
  account: string;
  channel: string;
  purpose: string;
  recipient: string;
  message_id: string;
  body: string | null;
  code_hash: string;
  status: JobStatus;
  error_code: string | null;
  error_message: string | null;
  attempts: Generated<number>;
  writes: Generated<number>;
  run_at: number;
  lease_owner: string | null;
  lease_until: number | null;
  created_at: number;
  claimed_at: number | null;
  overtaken_at: number | null;
  sent_at: number | null;
  delivered_at: number | null;
  read_at: number | null;
  finished_at: number | null;
  expires_at: number;
  message_shape: number | null;
  caller: string | null;
  sender: string | null;
  code_id: string | null;
  asked_by: string | null;
  cold_at: number | null;
  request_id: string | null;
}

/** The states of a WhatsApp number, by their documented names. */
export const SENDER_STATES = [
  'CONNECTING',
  'QR_REQUIRED',
  'PAIRING',
  'READY',
  'DISCONNECTED',
  'RESTRICTED',
  'LOGGED_OUT',
  'BANNED',
  'CONFLICT',
] as const;
export type SenderState = (typeof SENDER_STATES)[number];

interface ServiceStatusTable {
  account: string;
  state: SenderState;
  detail: string | null;
  since: number;
  phone: string | null;
  restricted_at: number | null;
  restricted_until: number | null;
  needs_person: string | null;
  paused_at: number | null;
  alerted_for: string | null;
  session_imported_at: number | null;
  lost_since: number | null;
  restricted_since: number | null;
  alerted_since: number | null;
  alerted_at: number | null;
  alert_delivered_at: number | null;
  capped_at: number | null;
  capped_until: number | null;
  quota: string | null;
  locked_at: number | null;
  linked_at: number | null;
  tokens_read_at: number | null;
  by_number_at: number | null;
}

interface RecipientsTable {
  account: string;
  recipient: string;
  checked_at: number | null;
  jid: string | null;
  lid: string | null;
  first_accepted_at: number | null;
  token_at: number | null;
  wrote_at: number | null;
  reachable_until: number | null;
  refused_until: number | null;
  silent_at: number | null;
}

interface IdempotencyKeysTable {
  id: string;
  request_hash: string;
  job_id: number | null;
  response: string;
  created_at: number;
  expires_at: number;
}

interface JobEventsTable {
  id: Generated<number>;
  job_id: number;
  at: number;
  kind: JobEventKind;
  detail: string | null;
}

export type JobEventKind = 'claimed' | 'attempt_failed' | 'waiting' | 'recovered' | 'failed' | 'retried';

interface AuditLogTable {
  id: Generated<number>;
  at: number;
  actor: string;
  address: string;
  action: string;
  target: string | null;
  detail: string | null;
}

/** The secrets whose former value goes on being used for a while. */
export type KeyVariable = 'ENCRYPTION_KEY' | 'JWT_SECRET';

interface ResealedTable {
  change: string;
  part: string;
  total: number;
  seen: number;
  unreadable: number;
  up_to: string;
  finished_at: number | null;
}

export type Store = Kysely<Tables>;
export type JobRow = Selectable<JobsTable>;
export type ApiKeyRow = Selectable<ApiKeysTable>;
export type HookRow = Selectable<HooksTable>;
export type CodeRow = Selectable<CodesTable>;
export type CodeAttemptRow = Selectable<CodeAttemptsTable>;
export type UserRow = Selectable<UsersTable>;
export type RegistrationRow = Selectable<RegistrationsTable>;
export type ClientSendsRow = Selectable<ClientSendsTable>;
