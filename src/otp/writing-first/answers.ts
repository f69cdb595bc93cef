import type { CodeRow, Store } from '../../../database/schema.js';
import { type Clock, sleep } from '../../clock.js';
import { AppError } from '../../errors.js';
import type { Log } from '../../log.js';
import { WRITTEN_ON } from '../written-on.js';
import { isAwaited } from './code-rows.js';

/** What follows in the chat once a person has written. */
export interface Answers {
  /** The code that was asked for, or a word about the number that was confirmed. Once per link. */
  answer(code: CodeRow): Promise<void>;
  /** A code that waits for its person, who has just written something else. */
  release(code: CodeRow): Promise<void>;
  /** What earlier processes have left undone; never rejects. */
  resume(): Promise<void>;
}

/** A message that has its place in the queue and is stored with something else. */
export interface Prepared {
  storeIn(trx: Store): Promise<unknown>;
  /** After the commit. */
  committed(): void;
  /** Gives the place back, unless it was committed. */
  release(): void;
}

export interface AnswersDeps {
  store: Store;
  clock: Clock;
  log: Log;
  /** As `Routing.reserveAgain`. Null: there is nothing to send any more. */
  reserveAgain(codeId: string, again: { channel: string; cause: 'reply' }): Promise<Prepared | null>;
  /** A message that tells of the confirmed number and how to undo that. */
  reserveConfirmation(code: CodeRow): Promise<Prepared>;
  /** WhatsApp has given us the token of this person (E.164): an answer will be let through. */
  hasToken(phone: string): Promise<boolean>;
}

/** WhatsApp refuses an answer that comes before the token, which follows the text within seconds, if at all. */
const TOKEN_PATIENCE_MS = 3_000;
const BETWEEN_LOOKS_MS = 250;
/** What could not be sent is tried again this often: nobody says that a pause has ended, or the store is back. */
const RETRY_MS = 5_000;
/** What is left of a link that was used is still of interest this long. */
const OF_INTEREST_MS = 10 * 60_000;

export function createAnswers(deps: AnswersDeps): Answers {
  const { store, clock, log } = deps;
  const underWay = new Set<string>();
  /** What was refused for the moment, and until when it is of interest: milliseconds of `clock.elapsed`. */
  const owed = new Map<string, { act: () => Promise<void>; until: number }>();
  let isRetrying = false;

  async function awaitToken(phone: string): Promise<void> {
    for (let waitedMs = 0; waitedMs < TOKEN_PATIENCE_MS; waitedMs += BETWEEN_LOOKS_MS) {
      // While the store cannot tell, it is as if there were none.
      if (await deps.hasToken(phone).catch(() => false)) return;
      await sleep(clock, BETWEEN_LOOKS_MS);
    }
  }

  const prepare = (code: CodeRow): Promise<Prepared | null> =>
    code.proof === 'message' ? deps.reserveConfirmation(code) : reply(code);
  const reply = ({ id }: CodeRow) => deps.reserveAgain(id, { channel: WRITTEN_ON, cause: 'reply' });

  /** @param isFirst in the same transaction: false, and it is left to whoever was first. */
  async function storeOnce(
    prepared: Prepared | null,
    isFirst: (trx: Store) => Promise<boolean>,
  ): Promise<void> {
    try {
      const isStored = await store.transaction().execute(async (trx) => {
        if (!(await isFirst(trx))) return false;
        await prepared?.storeIn(trx);
        return true;
      });
      if (isStored) prepared?.committed();
    } finally {
      prepared?.release();
    }
  }

  async function claim(trx: Store, codeId: string): Promise<boolean> {
    const claimed = await trx
      .updateTable('links')
      .set({ answered_at: clock.now() })
      .where('code_id', '=', codeId)
      .where('used_at', 'is not', null)
      .where('answered_at', 'is', null)
      .executeTakeFirst();
    return claimed.numUpdatedRows === 1n;
  }

  const answer = async (code: CodeRow) => storeOnce(await prepare(code), (trx) => claim(trx, code.id));
  const release = async (code: CodeRow) =>
    storeOnce(await reply(code), (trx) => isAwaited(trx, code, clock.now()));

  /** Until it is done: what cannot be sent at the moment is tried again while it is of interest. */
  async function tell(key: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
      owed.delete(key);
    } catch (error) {
      const known = owed.get(key);
      owed.set(key, known ?? { act, until: clock.elapsed() + OF_INTEREST_MS });
      if (!isRetrying) clock.after(RETRY_MS, retry);
      isRetrying = true;
      if (known) return;
      if (error instanceof AppError) log.info('an answer in a chat has to wait', { reason: error.code });
      else log.error('an answer in a chat could not be stored', { error });
    }
  }

  async function retryAll(): Promise<void> {
    for (const [key, { act, until }] of [...owed]) {
      if (clock.elapsed() < until) await tell(key, act);
      else owed.delete(key);
    }
  }

  function retry(): void {
    void retryAll().finally(() => {
      isRetrying = owed.size > 0;
      if (isRetrying) clock.after(RETRY_MS, retry);
    });
  }

  async function answerSoon(code: CodeRow): Promise<void> {
    await awaitToken(code.contact);
    await tell(`answer ${code.id}`, () => answer(code));
  }

  /** However often the person writes meanwhile. */
  async function releaseSoon(code: CodeRow): Promise<void> {
    if (underWay.has(code.id)) return;
    underWay.add(code.id);
    try {
      await awaitToken(code.contact);
      await tell(`release ${code.id}`, () => release(code));
    } finally {
      underWay.delete(code.id);
    }
  }

  async function resume(): Promise<void> {
    const codes = await store
      .selectFrom('links')
      .innerJoin('codes', 'codes.id', 'links.code_id')
      .selectAll('codes')
      .where('links.used_at', '>', clock.now() - OF_INTEREST_MS)
      .where('links.answered_at', 'is', null)
      .execute();
    await Promise.all(codes.map(answerSoon));
  }

  return { answer: answerSoon, release: releaseSoon, resume: () => tell('resume', resume) };
}
