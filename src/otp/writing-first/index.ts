import type { CodeRow, Store } from '../../../database/schema.js';
import type { InboundText, Writer } from '../../channels/inbound-text.js';
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import { createTurns } from '../../one-at-a-time.js';
import type { KeyedHash } from '../../sealing.js';
import type { Conversion } from '../conversion/conversion.js';
import { type AnswersDeps, createAnswers } from './answers.js';
import { awaited, refusable, refuse } from './code-rows.js';
import { createFloodGuard } from './flood-guard.js';
import { createMatches } from './matches.js';
import type { OptOuts } from './opt-outs.js';
import { createSenderProof, type Identify } from './proof.js';
import { type Reading, readText } from './read-text.js';
import { createWithdrawal } from './waiting-messages.js';

/** What follows when people write to our numbers. Nothing of a text is kept, and who means nothing to us gets no answer. */
export interface WritingFirst {
  /** Resolves when everything that follows is stored; never rejects. The same text may come any number of times. */
  hear(text: InboundText): Promise<void>;
  /** Gives the answers that are still owed, as when the connection has opened again. */
  resume(): Promise<void>;
}

const REMEMBERED = 5_000;
/** Enough for whoever signs in at two places; whatever strangers begin for a number, its owner is not flooded. */
const RELEASED_BY_A_TEXT = 2;

export function createWritingFirst(
  deps: {
    store: Store;
    clock: Clock;
    log: Log;
    /** Of the tokens, as for the links. */
    hash: KeyedHash;
    identify: Identify;
    spellingsOf(phone: string): string[];
    optOuts: Pick<OptOuts, 'optIn' | 'optOut'>;
    /** Resolves when it is stored that they can be answered. @param at Unix ms, by WhatsApp. */
    wrote(writer: Writer, at: number): Promise<void>;
    withdrawIn(trx: Store, codeId: string): Promise<void>;
    conversion: Pick<Conversion, 'approved'>;
    /** Codes have changed in another way than by their messages. */
    onChanged(): void;
  } & Omit<AnswersDeps, 'store' | 'clock' | 'log'>,
): WritingFirst {
  const { store, clock, log, optOuts, onChanged, withdrawIn } = deps;
  const proof = createSenderProof(deps);
  const matches = createMatches({ ...deps, proof });
  const withdrawFrom = createWithdrawal({ store, clock, proof });
  const answers = createAnswers(deps);
  const guard = createFloodGuard(clock);
  const turns = createTurnsByPerson();
  /** Texts that were dealt with; that one came again does no harm, but costs work. */
  const seen = new Set<string>();

  function remember(key: string): void {
    seen.add(key);
    const [oldest] = seen;
    if (seen.size > REMEMBERED && oldest !== undefined) seen.delete(oldest);
  }

  /** It was not me, says whoever has this number. */
  async function refuseAll(writer: Writer, sentAt: number): Promise<void> {
    const candidates = await proof.candidates(writer);
    for (const { id, contact } of await refusable(store, candidates, clock.now())) {
      if ((await proof.prove(writer, contact)) !== 'same') continue;
      await store.transaction().execute(async (trx) => {
        if (await refuse(trx, id, sentAt, clock.now())) await withdrawIn(trx, id);
      });
    }
  }

  /** Resolves with what remains to be done, which takes seconds. */
  async function take(text: InboundText, reading: Reading): Promise<(() => Promise<unknown>) | null> {
    const { from, sentAt } = text;
    if (reading.kind === 'stop') await optOuts.optOut(from);
    if (reading.kind === 'no') await refuseAll(from, sentAt);
    if (reading.kind === 'stop' || reading.kind === 'no') {
      await withdrawFrom(from);
      onChanged();
      return null;
    }
    await optOuts.optIn(from);
    await deps.wrote(from, sentAt);
    const matched = reading.kind === 'token' ? await matches.take(reading.token, text) : null;
    if (reading.kind === 'token') onChanged();
    const waiting = await awaited(store, await proof.candidates(from), clock.now());
    return () => (matched ? answers.answer(matched) : releaseNewest(from, waiting));
  }

  /** @param waiting the newest first; anybody may have begun them. */
  async function releaseNewest(writer: Writer, waiting: CodeRow[]): Promise<void> {
    const own = new Set<string>();
    for (const contact of new Set(waiting.map((code) => code.contact))) {
      if ((await proof.prove(writer, contact)) === 'same') own.add(contact);
    }
    const theirs = waiting.filter(({ contact }) => own.has(contact));
    for (const code of theirs.slice(0, RELEASED_BY_A_TEXT)) await answers.release(code);
  }

  return {
    resume: answers.resume,

    async hear(text) {
      const person = text.from.lid ?? text.from.jid ?? '';
      const key = `${person} ${text.messageId}`;
      const reading = readText(text.text);
      if (seen.has(key) || !guard.admits(person, reading.kind)) return;
      remember(key);
      try {
        const rest = await turns(person, () => take(text, reading));
        await rest?.();
      } catch (error) {
        seen.delete(key);
        log.error('a text that somebody wrote could not be dealt with', { error });
      }
    },
  };
}

/** Each person's texts one after the other, those of different people side by side. */
function createTurnsByPerson(): <T>(person: string, act: () => Promise<T>) => Promise<T> {
  const people = new Map<string, { turns: ReturnType<typeof createTurns>; waiting: number }>();
  return async (person, act) => {
    const line = people.get(person) ?? { turns: createTurns(), waiting: 0 };
    people.set(person, line);
    line.waiting++;
    try {
      return await line.turns(act);
    } finally {
      line.waiting--;
      if (line.waiting === 0) people.delete(person);
    }
  };
}
