import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { AppError } from '../../errors.js';
import { randomBytesPooled } from '../../random.js';
import type { Sealer } from '../../sealing.js';
import { ANY_LOCALE } from '../../typed/locale.js';
import { hookCallerId } from '../caller.js';
import type { Operator } from '../keys.js';
import { type HookView, viewOf } from './hook-view.js';

export interface HookEntry extends Operator {
  action: 'hook_created' | 'hook_rotated' | 'hook_disabled' | 'hook_enabled' | 'hook_removed';
  target: string;
  detail: string;
}

/** Stores what was done to a hook in the transaction that does it. */
export interface HookAudit {
  recordIn(trx: Store, entry: HookEntry): Promise<unknown>;
}

/** The settings of a new hook. */
export type HookOrder = Pick<HookView, 'preset' | 'name' | 'route' | 'ttlMs' | 'template' | 'pointers'>;

/** A hook with what its requests are checked against. */
export interface KnownHook {
  view: HookView;
  /** The present secret, and the former one while it works. */
  secrets: string[];
}

/** The hooks in the table. A change and its entry in the audit log are one commit. */
export interface HookStore {
  create(order: HookOrder, secret: string, by: Operator): Promise<HookView>;
  /** Those that work first, and among equals the newest first. */
  list(): Promise<HookView[]>;
  /** Rejects with hook_unknown. */
  find(id: string): Promise<HookView>;
  /** Null: there is none. Throws `SealBroken` when its secrets cannot be read. */
  open(id: string): Promise<KnownHook | null>;
  /** The present secret keeps working for `overlapMs`, an earlier one ends now. Rejects with hook_unknown. */
  rotate(id: string, secret: string, overlapMs: number, by: Operator): Promise<HookView>;
  /** Only the first time is news, and recorded. Rejects with hook_unknown. */
  setDisabled(id: string, disabled: boolean, by: Operator): Promise<HookView>;
  /** Rejects with hook_unknown. */
  remove(id: string, by: Operator): Promise<HookView>;
  /** Notes that it was used, once a minute at most. */
  noteUse(id: string): Promise<void>;
}

const ID_BYTES = 8;
/** Anything else is not asked for: PostgreSQL answers a NUL with an error. */
const ID = /^[0-9a-f]{16}$/;
const USE_GAP_MS = 60_000;

/** @param deps.sealer of `hooks.secret` and `hooks.former_secret`, whose context is the hook's id. */
export function createHookStore(deps: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  audit: HookAudit;
}): HookStore {
  const { store, clock, sealer, audit } = deps;
  /** By id, in `clock.elapsed`. */
  const notedAt = new Map<string, number>();

  const rowsIn = (db: Store) =>
    db
      .selectFrom('hooks')
      .leftJoin('own_texts', (join) =>
        join
          .on('own_texts.locale', '=', ANY_LOCALE)
          .on('own_texts.caller', '=', sql<string>`${sql.lit(hookCallerId(''))} || hooks.id`),
      )
      .selectAll('hooks')
      .select('own_texts.template');

  async function rowIn(db: Store, id: string) {
    return ID.test(id) ? await rowsIn(db).where('hooks.id', '=', id).executeTakeFirst() : undefined;
  }

  async function viewIn(db: Store, id: string): Promise<HookView> {
    const row = await rowIn(db, id);
    if (!row) throw hookUnknown();
    return viewOf(row, clock.now());
  }

  /** A transaction. Rejects with hook_unknown for what no hook has for an id. */
  async function changeOf<T>(id: string, act: (trx: Store) => Promise<T>): Promise<T> {
    if (!ID.test(id)) throw hookUnknown();
    return await store.transaction().execute(act);
  }

  const record = (trx: Store, action: HookEntry['action'], { id, name, preset }: HookView, by: Operator) =>
    audit.recordIn(trx, { ...by, action, target: `hook ${id}`, detail: `${name} (${preset})` });

  return {
    async create({ preset, name, route, ttlMs, template, pointers }, secret, by) {
      const id = randomBytesPooled(ID_BYTES).toString('hex');
      const now = clock.now();
      return await store.transaction().execute(async (trx) => {
        await trx
          .insertInto('hooks')
          .values({
            id,
            preset,
            name,
            route: route && JSON.stringify(route),
            ttl: ttlMs,
            to_pointer: pointers?.to ?? null,
            code_pointer: pointers?.code ?? null,
            secret: sealer.seal(secret, id),
            created_at: now,
            created_by: by.actor,
          })
          .execute();
        if (template !== null) {
          const text = { caller: hookCallerId(id), locale: ANY_LOCALE, template, changed_at: now };
          await trx.insertInto('own_texts').values(text).execute();
        }
        const view = await viewIn(trx, id);
        await record(trx, 'hook_created', view, by);
        return view;
      });
    },

    async list() {
      const rows = await rowsIn(store).orderBy('created_at', 'desc').orderBy('hooks.id').execute();
      const views = rows.map((row) => viewOf(row, clock.now()));
      const works = ({ state }: HookView) => state === 'active';
      return [...views.filter(works), ...views.filter((view) => !works(view))];
    },

    find: (id) => viewIn(store, id),

    async open(id) {
      const row = await rowIn(store, id);
      if (!row) return null;
      const view = viewOf(row, clock.now());
      const sealed = [row.secret, view.formerUntil === null ? null : row.former_secret];
      return { view, secrets: sealed.flatMap((each) => (each === null ? [] : [sealer.open(each, id)])) };
    },

    async rotate(id, secret, overlapMs, by) {
      const now = clock.now();
      return await changeOf(id, async (trx) => {
        await trx
          .updateTable('hooks')
          .set((eb) => ({
            former_secret: overlapMs > 0 ? eb.ref('secret') : null,
            former_until: overlapMs > 0 ? now + overlapMs : null,
            secret: sealer.seal(secret, id),
            rotated_at: now,
          }))
          .where('id', '=', id)
          .execute();
        const view = await viewIn(trx, id);
        await record(trx, 'hook_rotated', view, by);
        return view;
      });
    },

    async setDisabled(id, disabled, by) {
      return await changeOf(id, async (trx) => {
        const changed = await trx
          .updateTable('hooks')
          .set({ disabled_at: disabled ? clock.now() : null })
          .where('id', '=', id)
          .where('disabled_at', disabled ? 'is' : 'is not', null)
          .executeTakeFirst();
        const view = await viewIn(trx, id);
        const isNews = changed.numUpdatedRows > 0n;
        if (isNews) await record(trx, disabled ? 'hook_disabled' : 'hook_enabled', view, by);
        return view;
      });
    },

    async remove(id, by) {
      return await changeOf(id, async (trx) => {
        const view = await viewIn(trx, id);
        await trx.deleteFrom('own_texts').where('caller', '=', hookCallerId(id)).execute();
        const gone = await trx.deleteFrom('hooks').where('id', '=', id).executeTakeFirst();
        if (gone.numDeletedRows > 0n) await record(trx, 'hook_removed', view, by);
        return view;
      });
    },

    async noteUse(id) {
      const before = notedAt.get(id);
      if (before !== undefined && clock.elapsed() - before < USE_GAP_MS) return;
      notedAt.set(id, clock.elapsed());
      await store.updateTable('hooks').set({ last_used_at: clock.now() }).where('id', '=', id).execute();
    },
  };
}

const hookUnknown = () => new AppError('hook_unknown', 'There is no hook with this id.');
