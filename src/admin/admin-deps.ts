import type { Store } from '../../database/schema.js';
import type { Floods } from '../alarms/floods.js';
import type { AlertsFailing } from '../alerts/telegram.js';
import type { Users } from '../auth/accounts/users.js';
import type { History } from '../auth/history/history.js';
import type { Keys } from '../callers/keys.js';
import type { Sender } from '../channels/sender.js';
import type { Clock } from '../clock.js';
import type { Changes } from '../delivery/changes.js';
import type { Jobs } from '../delivery/operators/jobs.js';
import type { Stats } from '../delivery/operators/stats.js';
import type { ChannelSwitch, QueueControl } from '../delivery/pause.js';
import type { Hooks } from '../hooks/hooks.js';
import type { Sessions } from '../http/operator-sessions/sessions.js';
import type { KeyChanges } from '../key-changes/index.js';
import type { Limits } from '../limits/index.js';
import type { BlockedPrefixes } from '../otp/conversion/blocked-prefixes.js';
import type { Conversion } from '../otp/conversion/conversion.js';
import type { Codes } from '../otp/operators/codes.js';
import type { LookAtReach } from '../otp/operators/reach.js';
import type { Verifications } from '../otp/verifications/verification.js';
import type { KeyedHash } from '../sealing.js';
import type { Webhooks } from '../webhooks/index.js';
import type { AuditLog } from './audit/audit-log.js';
import type { UsedOfDay } from './status/channels.js';
import type { StatusDeps } from './status/status.js';

/** What the dashboard is made of. */
export interface AdminDeps {
  credentials: { username: string; password: string };
  sessions: Sessions;
  sender: Sender;
  jobs: Jobs;
  storedCodes: Codes;
  verifications: Pick<Verifications, 'cancel'>;
  lookAtReach: LookAtReach;
  stats: Stats;
  changes: Pick<Changes, 'subscribe'>;
  queue: QueueControl;
  /** Of the channels that are set up. */
  switches: readonly ChannelSwitch[];
  usedOfDay: UsedOfDay;
  alertsFailing(): AlertsFailing | null;
  keyProgress: KeyChanges['progress'];
  users: Users;
  history: History;
  keys: Keys;
  hooks: Hooks;
  webhooks: Pick<Webhooks, 'endpoints' | 'deliveries'>;
  auditLog: AuditLog;
  store: Store;
  limits: Limits;
  floods: Floods;
  conversion: Pick<Conversion, 'figures'>;
  blocked: Pick<BlockedPrefixes, 'list' | 'lift'>;
  /** Keyed: of what somebody typed as a user name. */
  nameHash(typed: string): string;
  /** Of the log-in form's cookie. */
  formHash: KeyedHash;
  clock: Clock;
  /** Of PUBLIC_URL; null: it is not set. */
  publicOrigin: string | null;
  /** Where people and callers reach this server, without a trailing slash. */
  publicUrl(): string;
  /** When this process began, Unix ms. */
  startedAt: number;
  /** First messages to new people that a day may have; null: any number. */
  coldAllowed: StatusDeps['coldAllowed'];
  /** Ends what would otherwise stay open: the streams of events. */
  closing: AbortSignal;
}
