import { setImmediate as breathe } from 'node:timers/promises';
import type { Store } from '../../../database/schema.js';
import { type ShownStatus, shownStatus } from '../job.js';
import type { JobSearch } from '../search/search.js';

/** The jobs that a caller has asked for. */
export interface OwnFilter {
  caller: string;
  /** E.164; null: to anybody. */
  recipient: string | null;
  status: ShownStatus | null;
  limit: number;
  /** Only older ones than this; null: from the newest on. */
  before: number | null;
}

export interface OwnPage {
  /** Newest first. */
  ids: number[];
  /** What `before` is for the next page; null: there is none. A page may be short, or empty, and have one. */
  next: number | null;
}

/** Rows for one statement: one or two milliseconds. */
const SLICE = 512;
/** Jobs of others that one page looks at. */
const MAX_SLICES = 8;

/** Costs no message an index: jobs are walked through from the newest on, or found by their recipient, a bounded number a page. */
export function createOwnJobs(deps: { store: Store; search: Pick<JobSearch, 'find'> }) {
  const { store, search } = deps;

  const rows = () =>
    store
      .selectFrom('jobs')
      .select(['id', 'caller', 'recipient', 'status', 'error_code'])
      .orderBy('id', 'desc')
      .limit(SLICE);

  async function byRecipient(filter: OwnFilter, recipient: string): Promise<OwnPage> {
    const upTo = filter.before === null ? Number.MAX_SAFE_INTEGER : filter.before - 1;
    const found = await search.find(recipient, { status: filter.status, from: null, to: null, upTo });
    const page = newPage(filter);
    for (let at = 0; at < found.ids.length && !page.isFull(); at += SLICE) {
      const ids = found.ids.slice(at, at + SLICE);
      page.add(await rows().where('id', 'in', ids).execute());
    }
    return page.end(found.rest === null ? null : found.rest + 1);
  }

  async function fromNewest(filter: OwnFilter): Promise<OwnPage> {
    const page = newPage(filter);
    let { before } = filter;
    for (let slice = 0; slice < MAX_SLICES; slice++) {
      const found = await rows()
        .where('id', '<', before ?? Number.MAX_SAFE_INTEGER)
        .execute();
      page.add(found);
      if (page.isFull() || found.length < SLICE) return page.end(null);
      before = found.at(-1)?.id ?? null;
      await breathe();
    }
    return page.end(before);
  }

  return (filter: OwnFilter): Promise<OwnPage> =>
    filter.recipient === null ? fromNewest(filter) : byRecipient(filter, filter.recipient);
}

type Row = Parameters<typeof shownStatus>[0] & { id: number; caller: string | null; recipient: string };

function newPage({ caller, recipient, status, limit }: OwnFilter) {
  const ids: number[] = [];
  const matches = (row: Row) =>
    row.caller === caller &&
    (recipient === null || row.recipient === recipient) &&
    (status === null || shownStatus(row) === status);
  return {
    add: (found: Row[]) => void ids.push(...found.filter(matches).map(({ id }) => id)),
    isFull: () => ids.length > limit,
    /** @param reached how far it was looked. */
    end(reached: number | null): OwnPage {
      if (ids.length <= limit) return { ids, next: reached };
      const shown = ids.slice(0, limit);
      return { ids: shown, next: shown.at(-1) ?? null };
    },
  };
}
