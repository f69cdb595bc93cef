import type { Database } from '../../database/connect.js';
import type { KeyVariable } from '../../database/schema.js';
import { type Clock, inUtc, sleep, type Timer } from '../clock.js';
import type { Log } from '../log.js';
import type { Sealing } from '../sealing.js';
import { finish, noteChanges, type Replaced, sealedOf } from './change-rows.js';
import { createResealing, type Resealing } from './resealing.js';

/** Secrets that are being replaced: how far that is, and when the one of before may be removed. */
export interface KeyChanges {
  /** Until when (Unix ms) the secret of before is used; null: there is none. */
  usedUntil(variable: KeyVariable): number | null;
  /** Seals in the background what the key of before has sealed. */
  start(): void;
  /** Resolves when nothing is under way. */
  stop(): Promise<void>;
  progress(): Promise<KeyProgress[]>;
}

export interface KeyProgress {
  variable: KeyVariable;
  /** Unix ms; never before this time is the secret of before no longer needed. */
  usedUntil: number;
  /** It may be removed. */
  isDone: boolean;
  /** Stored values, for ENCRYPTION_KEY: those there are, those looked at, and those of them that neither key opens. */
  sealed: { total: number; seen: number; unreadable: number; isDone: boolean };
}

const PAUSE_MS = 100;
const INTERVAL_MS = 60_000;

/**
 * @param deps.livesMs how long what the secret of before has made can live: codes and stored answers that are known by a
 * keyed hash, or tokens.
 */
export async function openKeyChanges(deps: {
  database: Pick<Database, 'store' | 'kind'>;
  clock: Clock;
  log: Log;
  sealing: Sealing;
  replaced: Replaced[];
  livesMs: Record<KeyVariable, number>;
}): Promise<KeyChanges> {
  const { database, clock, log, sealing, livesMs } = deps;
  const { store } = database;
  const noted = await noteChanges(store, deps.replaced, clock.now());
  const changes = noted.map((change) => ({
    ...change,
    usedUntil: change.beganAt + livesMs[change.variable],
  }));
  const stopping = new AbortController();
  let timer: Timer | null = null;
  let running: Promise<void> | null = null;

  for (const { variable, isNew, usedUntil } of changes) {
    if (!isNew) continue;
    const until = inUtc(usedUntil);
    log.info(`${variable} is being replaced: keep ${variable}_PREVIOUS until ${until} at least`, {
      variable,
    });
  }

  const resealings = changes
    .filter(({ variable }) => variable === 'ENCRYPTION_KEY')
    .map(({ id }) => createResealing({ database, clock, sealing, change: id }));

  async function reseal(resealing: Resealing): Promise<void> {
    while (!stopping.signal.aborted && (await resealing.step())) {
      await sleep(clock, PAUSE_MS, stopping.signal);
    }
  }

  /** The log says once what may be removed. */
  async function tell({ id, variable, usedUntil }: (typeof changes)[number]): Promise<void> {
    if (clock.now() < usedUntil || !(await finish(store, id, clock.now()))) return;
    const { unreadable } = await sealedOf(store, id);
    log.info(`${variable} is replaced: ${variable}_PREVIOUS may be removed`, { variable });
    if (unreadable > 0) {
      log.warn('stored values that neither key opens are kept as they are', { variable, count: unreadable });
    }
  }

  async function run(): Promise<void> {
    try {
      for (const resealing of resealings) await reseal(resealing);
      if (stopping.signal.aborted) return;
      for (const change of changes) await tell(change);
    } catch (error) {
      log.error('replacing a secret is interrupted, and goes on in a minute', { error });
    }
    if (!stopping.signal.aborted) timer = clock.after(INTERVAL_MS, go);
  }

  function go(): void {
    running = run();
  }

  return {
    usedUntil: (variable) => changes.find((change) => change.variable === variable)?.usedUntil ?? null,
    start() {
      if (changes.length > 0) go();
    },
    async stop() {
      stopping.abort();
      timer?.cancel();
      await running;
    },
    progress: () =>
      Promise.all(
        changes.map(async ({ id, variable, usedUntil }) => {
          const sealed = await sealedOf(store, id);
          return { variable, usedUntil, isDone: sealed.isDone && clock.now() >= usedUntil, sealed };
        }),
      ),
  };
}
