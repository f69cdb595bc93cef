import type { ApiKeyRow, Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import { maskContact } from '../log.js';
import { hashOfKey, type NewApiKey, newApiKey } from './api-key.js';
import { keyCallerId } from './caller.js';
import type { KeyOrder } from './key-order.js';
import { columnsOf, type KeyView, viewOf } from './key-rows.js';
import { type OwnText, writeOwnText } from './own-texts.js';
import { listTestNumbers, putTestNumber, removeTestNumber, type TestNumber } from './test-numbers.js';

/** Who changes a key, and from where, for the audit log. */
export interface Operator {
  actor: string;
  address: string;
}

interface KeyEntry extends Operator {
  action: 'key_created' | 'key_rotated' | 'key_revoked' | 'key_changed';
  target: string;
  detail: string;
}

/** Stores what was done to a key in the transaction that does it. */
export interface KeyAudit {
  recordIn(trx: Store, entry: KeyEntry): Promise<unknown>;
}

/** The keys in the table. A change and its entry in the audit log are one commit, after which nothing can fail. */
export interface Keys {
  /** Resolves with the whole key, which cannot be read again. */
  create(order: KeyOrder, by: Operator): Promise<NewApiKey>;
  /** Active keys first, and among equals the newest first. */
  list(): Promise<KeyView[]>;
  /** Rejects with key_unknown. */
  find(id: string): Promise<KeyView>;
  /**
   * A new secret under the same id; the current one keeps working for `overlapMs`, an earlier one ends now.
   * Rejects with key_unknown or key_revoked.
   */
  rotate(id: string, overlapMs: number, by: Operator): Promise<NewApiKey & { view: KeyView }>;
  /** Both secrets end; only the first time is news, and recorded. Rejects with key_unknown. */
  revoke(id: string, by: Operator): Promise<{ isNews: boolean; view: KeyView }>;
  /** Where pages may lead back to from now on; null: nowhere. Rejects like `rotate`. */
  setReturnUrls(id: string, urls: string[] | null, by: Operator): Promise<KeyView>;
  /** Whether compatible APIs refuse SMS and calls from now on. Rejects like `rotate`. */
  setRefusesSms(id: string, refuses: boolean, by: Operator): Promise<KeyView>;
  /** Of a key that there is; those that end first at the beginning. */
  testNumbers(id: string): Promise<TestNumber[]>;
  /**
   * A new one, or other values of one. Rejects like `rotate`, and with bad_request when there are too many.
   * @param inProduction whether all of the key's also work in production; undefined: as before.
   */
  putTestNumber(
    id: string,
    test: TestNumber,
    inProduction: boolean | undefined,
    by: Operator,
  ): Promise<KeyView>;
  /** Rejects like `rotate`, and with bad_request when it is none. */
  removeTestNumber(id: string, contact: string, by: Operator): Promise<KeyView>;
  /** What its codes are sent with in a language from now on. Rejects like `rotate`, and with bad_request: too many. */
  setText(id: string, text: OwnText, by: Operator): Promise<KeyView>;
}

/** @param deps.forget drops what this process remembers about a key. */
export function createKeys(deps: {
  store: Store;
  clock: Clock;
  audit: KeyAudit;
  forget?(id: string): void;
}): Keys {
  const { store, clock, audit, forget = () => {} } = deps;

  async function find(id: string): Promise<KeyView> {
    const row = await store.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst();
    if (!row) throw new AppError('key_unknown', 'There is no API key with this id.');
    return viewOf(row, clock.now());
  }

  /** Every change of a key. Null, and nothing recorded: there was no row to change. */
  async function change(
    id: string,
    action: KeyEntry['action'],
    by: Operator,
    write: (trx: Store) => Promise<ApiKeyRow | undefined>,
    what?: string,
  ): Promise<KeyView | null> {
    try {
      return await store.transaction().execute(async (trx) => {
        const row = await write(trx);
        if (!row) return null;
        const view = viewOf(row, clock.now());
        const more = action === 'key_created' ? view.scopes.join(', ') : what;
        const detail = more === undefined ? view.name : `${view.name} (${more})`;
        await audit.recordIn(trx, { ...by, action, target: `key ${id}`, detail });
        return view;
      });
    } finally {
      forget(id);
    }
  }

  /** Of a key that is not revoked. @param act in the transaction that holds the key's row. */
  async function set(
    id: string,
    by: Operator,
    what: string,
    columns: Pick<Partial<ApiKeyRow>, 'return_urls' | 'tests_allowed_at' | 'sms_refused_at'>,
    act: (trx: Store) => Promise<void> = async () => {},
  ): Promise<KeyView> {
    const write = async (trx: Store) => {
      const row = await trx
        .updateTable('api_keys')
        .set((eb) => ({ name: eb.ref('name'), ...columns }))
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .returningAll()
        .executeTakeFirst();
      if (row) await act(trx);
      return row;
    };
    const view = await change(id, 'key_changed', by, write, what);
    if (view) return view;
    await find(id);
    throw new AppError('key_revoked', 'This API key is revoked. Create a new one instead.');
  }

  return {
    async create(order, by) {
      const made = newApiKey();
      const row = {
        id: made.id,
        ...columnsOf(order),
        secret_hash: hashOfKey(made.key).toString('hex'),
        sms_refused_at: order.refusesSms ? clock.now() : null,
        created_at: clock.now(),
        created_by: by.actor,
      };
      await change(made.id, 'key_created', by, (trx) =>
        trx.insertInto('api_keys').values(row).returningAll().executeTakeFirst(),
      );
      return made;
    },

    async list() {
      const rows = await store
        .selectFrom('api_keys')
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute();
      const views = rows.map((row) => viewOf(row, clock.now()));
      const works = ({ state }: KeyView) => state === 'active';
      return [...views.filter(works), ...views.filter((view) => !works(view))];
    },

    find,

    async rotate(id, overlapMs, by) {
      const made = newApiKey(id);
      const now = clock.now();
      const view = await change(id, 'key_rotated', by, (trx) =>
        trx
          .updateTable('api_keys')
          .set((row) => ({
            former_hash: row.ref('secret_hash'),
            former_until: now + overlapMs,
            secret_hash: hashOfKey(made.key).toString('hex'),
            rotated_at: now,
          }))
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .returningAll()
          .executeTakeFirst(),
      );
      if (view) return { ...made, view };
      await find(id);
      throw new AppError('key_revoked', 'This API key is revoked. Create a new one instead.');
    },

    async revoke(id, by) {
      const view = await change(id, 'key_revoked', by, (trx) =>
        trx
          .updateTable('api_keys')
          .set({ revoked_at: clock.now() })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .returningAll()
          .executeTakeFirst(),
      );
      return view ? { isNews: true, view } : { isNews: false, view: await find(id) };
    },

    setReturnUrls: (id, urls, by) =>
      set(id, by, 'return addresses', { return_urls: urls?.join(' ') ?? null }),

    setRefusesSms: (id, refuses, by) =>
      set(id, by, refuses ? 'no SMS' : 'SMS', { sms_refused_at: refuses ? clock.now() : null }),

    testNumbers: (id) => listTestNumbers(store, id),

    setText: (id, text, by) =>
      set(id, by, `text ${text.locale}`, {}, (trx) => writeOwnText(trx, keyCallerId(id), text, clock.now())),

    putTestNumber(id, test, inProduction, by) {
      const now = clock.now();
      const allowed = inProduction === undefined ? {} : { tests_allowed_at: inProduction ? now : null };
      const what = `test number ${maskContact(test.contact)}`;
      return set(id, by, what, allowed, (trx) => putTestNumber(trx, id, test, now));
    },

    removeTestNumber(id, contact, by) {
      return set(id, by, `no test number ${maskContact(contact)}`, {}, async (trx) => {
        if (await removeTestNumber(trx, id, contact)) return;
        throw new AppError('bad_request', 'This key has no such test number.');
      });
    },
  };
}
