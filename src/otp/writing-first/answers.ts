import type { CodeRow, Store } from '../../../database/schema.js';
import { type Clock, sleep } from '../../clock.js';
import { AppError } from '../../errors.js';
import type { Log } from '../../log.js';
import { isAwaited } from './code-rows.js';

/** What follows in the chat once a person has written. */
export interface Answers {
  /** The code that was asked for, or a word about the number that was confirmed. Once per link. */
  answer(code: CodeRow): Promise<void>;
  /** A code that waits for its person, who has just written something else. */
  release(code: CodeRow): Promise<void>;
  /** What earlier processes have left undone. */
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
/** What is left of a link that was used is still of interest this long. */
const OF_INTEREST_MS = 10 * 60_000;

const CHANNEL = 'whatsapp';

export function createAnswers(deps: AnswersDeps): Answers {
  const { store, clock, log } = deps;
  const underWay = new Set<string>();

  async function awaitToken(phone: string): Promise<void> {
    for (let waitedMs = 0; waitedMs < TOKEN_PATIENCE_MS; waitedMs += BETWEEN_LOOKS_MS) {
      if (await deps.hasToken(phone)) return;
      await sleep(clock, BETWEEN_LOOKS_MS);
    }
  }

  const prepare = (code: CodeRow): Promise<Prepared | null> =>
    code.proof === 'message' ? deps.reserveConfirmation(code) : reply(code);
  const reply = ({ id }: CodeRow) => deps.reserveAgain(id, { channel: CHANNEL, cause: 'reply' });

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

  async function answer(code: CodeRow): Promise<void> {
    await awaitToken(code.contact);
    await storeOnce(await prepare(code), (trx) => claim(trx, code.id));
  }

  /** However often the person writes meanwhile. */
  async function release(code: CodeRow): Promise<void> {
    if (underWay.has(code.id)) return;
    underWay.add(code.id);
    try {
      await awaitToken(code.contact);
      await storeOnce(await reply(code), (trx) => isAwaited(trx, code, clock.now()));
    } finally {
      underWay.delete(code.id);
    }
  }

  async function tell(act: () => Promise<void>): Promise<void> {
    await act().catch((error: unknown) => {
      if (error instanceof AppError) log.info('an answer in a chat has to wait', { reason: error.code });
      else log.error('an answer in a chat could not be stored', { error });
    });
  }

  return {
    answer: (code) => tell(() => answer(code)),

    release: (code) => tell(() => release(code)),

    async resume() {
      const codes = await store
        .selectFrom('links')
        .innerJoin('codes', 'codes.id', 'links.code_id')
        .selectAll('codes')
        .where('links.used_at', '>', clock.now() - OF_INTEREST_MS)
        .where('links.answered_at', 'is', null)
        .execute();
      await Promise.all(codes.map((code) => tell(() => answer(code))));
    },
  };
}
