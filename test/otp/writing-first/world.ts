import { randomUUID } from 'node:crypto';
import type { Database } from '../../../database/connect.js';
import type { CodeRow, Store } from '../../../database/schema.js';
import type { InboundText } from '../../../src/channels/inbound-text.js';
import { silentLog } from '../../../src/log.js';
import type { Prepared } from '../../../src/otp/writing-first/answers.js';
import { createWritingFirst } from '../../../src/otp/writing-first/index.js';
import { createLinks, type Link } from '../../../src/otp/writing-first/links.js';
import { createOptOuts } from '../../../src/otp/writing-first/opt-outs.js';
import type { Letter } from '../../../src/sandbox/whatsapp/index.js';
import { createKeyedHash } from '../../../src/sealing.js';
import { type Bench, createBench, createRunningClock, type RunningSender } from '../../channels/sender.js';
import { GATEWAY } from '../../support/product.js';
import { KEY } from '../../support/secrets.js';
import { until } from '../../support/until.js';
import { newCode } from './codes.js';

export type World = Awaited<ReturnType<typeof createWorld>>;

/** As the delivery stores a message, and WhatsApp takes it. */
async function noteSent(trx: Store, codeId: string): Promise<void> {
  const times = { run_at: 0, created_at: 0, expires_at: 0, sent_at: 1 };
  const { id } = await trx
    .insertInto('jobs')
    .values({
      account: 'default',
      channel: 'whatsapp',
      purpose: 'verification',
      recipient: '+201001234567',
      message_id: randomUUID(),
      code_hash: '',
      status: 'sent',
      code_id: codeId,
      ...times,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const { place } = await trx
    .selectFrom('code_attempts')
    .select((eb) => eb.fn.countAll<number>().as('place'))
    .where('code_id', '=', codeId)
    .executeTakeFirstOrThrow();
  await trx
    .insertInto('code_attempts')
    .values({
      id: randomUUID(),
      code_id: codeId,
      place: Number(place) + 1,
      channel: 'whatsapp',
      cause: 'reply',
      job_id: id,
      at: 0,
      error: null,
    })
    .execute();
}

/** A paired number, the handsets, and what follows when they write; only the sending of answers is scripted. */
export async function createWorld(kind: Database['kind']) {
  const bench: Bench = await createBench(kind);
  const clock = createRunningClock();
  const { store } = bench.database;
  const hash = createKeyedHash(KEY, 'link');
  const replies: string[] = [];
  const confirmations: string[] = [];
  const withdrawn: string[] = [];
  const approved: string[] = [];
  const wrote: string[] = [];
  const asked: string[] = [];
  const done = new Map<string, Promise<void>>();
  const errors: unknown[] = [];
  const recorded = (list: string[], id: string): Prepared => ({
    async storeIn(trx) {
      list.push(id);
      await noteSent(trx, id);
    },
    committed() {},
    release() {},
  });

  let sender: RunningSender = await bench.paired({ clock });
  const spellingsOf = (phone: string) => [phone];
  const optOuts = createOptOuts({ store, clock, spellingsOf });
  const writingFirst = createWritingFirst({
    store,
    clock,
    log: { ...silentLog, error: (message, fields) => void errors.push(message, fields) },
    hash,
    async identify(phone) {
      asked.push(phone);
      return await sender.identify(phone);
    },
    spellingsOf,
    optOuts,
    wrote: async ({ phone, lid }) => void wrote.push(phone ?? lid ?? ''),
    withdrawIn: async (_, id) => void withdrawn.push(id),
    conversion: { approved: async (_, { id }) => void approved.push(id) },
    onChanged() {},
    reserveAgain: async (id) => recorded(replies, id),
    reserveConfirmation: async ({ id }) => recorded(confirmations, id),
    hasToken: async () => true,
  });
  const links = createLinks({
    store,
    clock,
    hash,
    appName: 'Acme',
    number: () => sender.status().me,
    canReceive: (lifeMs) => sender.canReceive(lifeMs),
    languageFor: () => 'en',
  });
  const hear = (text: InboundText) => {
    const before = done.get(text.messageId);
    const now = writingFirst.hear(text);
    done.set(
      text.messageId,
      Promise.all([before, now]).then(() => {}),
    );
  };
  sender.onText(hear);

  /** Resolves once everything that follows from the text is done. */
  async function write(from: string, text: string, letter: Letter = {}): Promise<void> {
    const id = await bench.whatsapp.handset(from).write(text, { to: GATEWAY, at: clock.now(), ...letter });
    await heard(id);
  }
  async function heard(id: string): Promise<void> {
    await until('the text', () => done.has(id));
    await done.get(id);
  }

  return {
    bench,
    whatsapp: bench.whatsapp,
    store,
    clock,
    links,
    writingFirst,
    optOuts,
    replies,
    confirmations,
    withdrawn,
    approved,
    wrote,
    asked,
    errors,
    write,
    heard,
    /** The sender goes away, and what comes meanwhile waits. */
    leave: () => sender.stop(),
    async comeBack() {
      sender = await bench.sender({ clock });
      sender.onText(hear);
    },
    /** A code and its link. */
    async offered(change: Partial<CodeRow> = {}): Promise<{ id: string; text: string }> {
      const { id } = await newCode(store, clock, change);
      const link = await store.transaction().execute((trx) => links.offerIn(trx, id));
      return { id, text: (link as Link).text };
    },
    code: (id: string) =>
      store.selectFrom('codes').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    link: (id: string) =>
      store.selectFrom('links').selectAll().where('code_id', '=', id).executeTakeFirstOrThrow(),
    close: bench.close,
  };
}
