import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { type CodeFilter, matching } from './code-filter.js';
import { attemptView, type CodeAttempt, type CodeLink, type CodeView, codeView } from './code-view.js';

export type { CodeFilter } from './code-filter.js';
export type { AttemptJob, CodeAttempt, CodeLink, CodeView } from './code-view.js';

/** What operators can see of the codes that have a route of their own, or that this server checks. */
export interface Codes {
  /** Newest first; a page beyond the end is the last page. Pages count from 1. */
  list(filter: CodeFilter, page: number, pageSize: number): Promise<CodePage>;
  /** Null: there is none, or it ended more than a day ago. */
  find(id: string): Promise<CodeView | null>;
  story(id: string): Promise<CodeStory | null>;
}

export interface CodePage {
  codes: CodeView[];
  total: number;
  /** `total` is only a lower bound. */
  atLeast: boolean;
  page: number;
  pageSize: number;
}

export interface CodeStory extends CodeView {
  /** In order. */
  attempts: CodeAttempt[];
  /** Null: the person is not asked to write first. */
  link: CodeLink | null;
}

/** More are not counted: an operator filters instead of leafing through so many. */
const MAX_COUNTED = 10_000;

export function createCodes(deps: { store: Store; clock: Clock }): Codes {
  const { store, clock } = deps;

  async function count(filter: CodeFilter): Promise<number> {
    const some = store
      .selectFrom('codes')
      .select('codes.id')
      .where(matching(filter, clock.now()))
      .limit(MAX_COUNTED + 1);
    const { count } = await store
      .selectFrom(some.as('some'))
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  async function find(id: string): Promise<CodeView | null> {
    const row = await store.selectFrom('codes').selectAll().where('id', '=', id).executeTakeFirst();
    return row ? codeView(row, clock.now()) : null;
  }

  async function attemptsOf(id: string): Promise<CodeAttempt[]> {
    const rows = await store
      .selectFrom('code_attempts')
      .leftJoin('jobs', 'jobs.id', 'code_attempts.job_id')
      .select(['code_attempts.channel', 'cause', 'at', 'job_id', 'error'])
      .select(['status', 'sent_at', 'delivered_at', 'read_at', 'finished_at', 'error_code', 'error_message'])
      .where('code_attempts.code_id', '=', id)
      .orderBy('place')
      .execute();
    return rows.map(attemptView);
  }

  async function linkOf(id: string): Promise<CodeLink | null> {
    const row = await store.selectFrom('links').selectAll().where('code_id', '=', id).executeTakeFirst();
    if (!row) return null;
    const { made_at, ends_at, used_at, burned_at, mismatches } = row;
    return { madeAt: made_at, endsAt: ends_at, usedAt: used_at, burnedAt: burned_at, mismatches };
  }

  return {
    find,

    async list(filter, wantedPage, pageSize) {
      const counted = await count(filter);
      const total = Math.min(counted, MAX_COUNTED);
      const page = Math.min(Math.max(1, wantedPage), Math.max(1, Math.ceil(total / pageSize)));
      const now = clock.now();
      const rows = await store
        .selectFrom('codes')
        .selectAll()
        .where(matching(filter, now))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(pageSize)
        .offset((page - 1) * pageSize)
        .execute();
      const codes = rows.map((row) => codeView(row, now));
      return { codes, total, atLeast: counted > MAX_COUNTED, page, pageSize };
    },

    async story(id) {
      const code = await find(id);
      return code && { ...code, attempts: await attemptsOf(id), link: await linkOf(id) };
    },
  };
}
