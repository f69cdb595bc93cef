import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import type { Clock, Timer } from '../../clock.js';
import type { FailureReason } from '../../delivery/job.js';
import type { Log } from '../../log.js';
import { VERIFICATION } from '../route/route.js';
import { WRITTEN_ON } from '../written-on.js';
import type { Links } from './links.js';

/** Asks people to write first where it turns out later that nothing can be pushed to them over WhatsApp. */
export interface LateLinks {
  start(): void;
  /** Waits for the look in hand. */
  stop(): Promise<void>;
}

const BETWEEN_LOOKS_MS = 250;
const AT_ONCE = 100;
/** What has become of these says nothing about whether the person could write. */
const NO_REASONS: readonly (FailureReason | 'used_already')[] = [
  'not_on_whatsapp',
  'superseded',
  'withdrawn',
  'account_deleted',
  'unreadable',
  'code_expired',
  'unconfirmed',
  'used_already',
];

/** @param deps.changes notifies when something about a job has changed. @param deps.onOffered a verification has a link now. */
export function createLateLinks(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  links: Pick<Links, 'offerIn'>;
  changes: { subscribe(listener: () => void): () => void };
  onOffered(): void;
}): LateLinks {
  const { store, clock, log, links } = deps;
  let underWay: Promise<void> = Promise.resolve();
  let unsubscribe = () => {};
  let timer: Timer | null = null;
  /** Something may have changed since the last look; an earlier run may have left something to do. */
  let isWanted = true;
  let isStopped = false;

  async function withoutWay(): Promise<string[]> {
    const isFailed = sql<boolean>`COALESCE(code_attempts.error, jobs.error_code) NOT IN (${sql.join(NO_REASONS)})
      AND (code_attempts.job_id IS NULL OR jobs.status = 'failed')`;
    const rows = await store
      .selectFrom('codes')
      .innerJoin('code_attempts', 'code_attempts.code_id', 'codes.id')
      .leftJoin('jobs', 'jobs.id', 'code_attempts.job_id')
      .leftJoin('links', 'links.code_id', 'codes.id')
      .select('codes.id')
      .distinct()
      .where('codes.status', '=', 'pending')
      .where('codes.purpose', '=', VERIFICATION)
      .where('codes.user_first', '=', 'auto')
      .where('codes.expires_at', '>', clock.now())
      .where('code_attempts.channel', '=', WRITTEN_ON)
      .where('links.code_id', 'is', null)
      .where(isFailed)
      .limit(AT_ONCE)
      .execute();
    return rows.map(({ id }) => id);
  }

  async function look(): Promise<void> {
    let offered = 0;
    for (const id of await withoutWay()) {
      const link = await store.transaction().execute(async (trx) => {
        const made = await links.offerIn(trx, id);
        if (made)
          await trx.updateTable('codes').set({ changed_at: clock.now() }).where('id', '=', id).execute();
        return made;
      });
      if (link) offered++;
    }
    if (offered > 0) deps.onOffered();
  }

  /** Never at once: a request that has changed something is answered first, in a time that does not tell what it changed. */
  function lookLater(): void {
    timer = clock.after(BETWEEN_LOOKS_MS, () => {
      if (isWanted) {
        isWanted = false;
        underWay = look().catch((error: unknown) => {
          log.error('links for people who can only write first could not be offered', { error });
        });
      }
      void underWay.then(() => {
        if (!isStopped) lookLater();
      });
    });
  }

  return {
    start() {
      unsubscribe = deps.changes.subscribe(() => {
        isWanted = true;
      });
      lookLater();
    },
    async stop() {
      isStopped = true;
      unsubscribe();
      timer?.cancel();
      await underWay;
    },
  };
}
