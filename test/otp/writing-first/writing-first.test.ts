import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetRecipients } from '../../../src/delivery/operators/forget-recipients.js';
import { DATABASES } from '../../support/databases.js';
import { createWorld, type World } from './world.js';

const STRANGER = '+201119999999';
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

describe.each(DATABASES)('whoever writes first, on %s', (kind) => {
  let world: World;
  /** A number of its own for each test. */
  let phone: string;
  let people = 0;
  beforeAll(async () => {
    world = await createWorld(kind);
  });
  afterAll(() => world.close());
  afterEach(() => expect(world.errors.splice(0)).toEqual([]));
  beforeEach(() => {
    phone = `+2010012${String(10_000 + ++people)}`;
    for (const list of [
      world.replies,
      world.confirmations,
      world.withdrawn,
      world.approved,
      world.wrote,
      world.asked,
    ]) {
      list.splice(0);
    }
  });
  const message = () => world.offered({ contact: phone, proof: 'message' });
  const statusOf = async (id: string) => (await world.code(id)).status;

  describe('gets the code, and nothing more, as an answer', () => {
    it('once, and only types it where it was asked for: the message approves nothing', async () => {
      const { id, text } = await world.offered({ contact: phone });
      await world.write(phone, text);
      await world.write(phone, text);
      expect(world.replies).toEqual([id]);
      expect(await world.code(id)).toMatchObject({ status: 'pending', last_problem: null });
      expect((await world.link(id)).answered_at).not.toBeNull();
    });

    it('whatever else the person writes, with two codes that wait', async () => {
      const [one, other] = [await world.offered({ contact: phone }), await world.offered({ contact: phone })];
      await world.write(phone, 'hello?');
      expect(world.replies.sort()).toEqual([one.id, other.id].sort());
      expect(world.wrote).toEqual([phone]);
      // Another one that writes gets nothing.
      await world.write(STRANGER, 'hello?');
      expect(world.replies).toHaveLength(2);
    });

    it('once or twice, the newest first, however many verifications strangers have begun', async () => {
      const made: { id: string; text: string }[] = [];
      for (let n = 0; n < 40; n++) {
        made.push(await world.offered({ contact: phone, created_at: world.clock.now() + n }));
      }
      await world.write(phone, 'hello');
      expect(world.replies).toEqual([made[39]?.id, made[38]?.id]);
      await world.write(phone, `${made[5]?.text}`);
      expect(world.replies.slice(2)).toEqual([made[5]?.id]);
    });

    it('but none of an account that was deleted meanwhile', async () => {
      const { text } = await world.offered({
        contact: phone,
        purpose: 'phone-login',
        caller: 'contract:phone',
      });
      const { store, clock } = world;
      await store.transaction().execute((trx) => forgetRecipients(trx, [phone], clock.now()));
      await world.write(phone, 'hello');
      await world.write(phone, text);
      expect(world.replies).toEqual([]);
      const left = store.selectFrom('codes').select('id').where('contact', '=', phone);
      expect(await left.execute()).toEqual([]);
    });

    it('also where only the LID is told, if WhatsApp says now that it is theirs', async () => {
      const { id, text } = await world.offered({ contact: phone });
      await world.write(phone, text, { naming: 'lid_only' });
      expect(world.replies).toEqual([id]);
      expect(world.asked).toContain(phone);
    });
  });

  describe('whose message is the proof', () => {
    it('is approved by it and told so; one of many times that it comes', async () => {
      const { id, text } = await message();
      await world.write(phone, text, { copies: 5 });
      expect(await world.code(id)).toMatchObject({ status: 'approved', code: null, slot: null });
      expect(world.confirmations).toEqual([id]);
      expect(world.withdrawn).toEqual([id]);
      expect(world.approved).toEqual([id]);
      expect(world.replies).toEqual([]);
    });

    it.each(['extended', 'disappearing', 'view_once'] as const)(
      'is approved by a text that is %s',
      async (form) => {
        const { id, text } = await message();
        await world.write(phone, text, { form });
        expect(await statusOf(id)).toBe('approved');
      },
    );

    it('is not approved by what was not written in that message', async () => {
      const { id, text } = await message();
      for (const form of ['edited', 'edit', 'forwarded', 'quoted', 'caption', 'group', 'status'] as const) {
        await world.whatsapp.handset(phone).write(text, { to: '+201000000001', form, about: '3A01' });
      }
      // Comes in after all of them.
      await world.write(phone, 'and now?');
      expect(await statusOf(id)).toBe('pending');
    });

    it('is not approved by a text with two tokens', async () => {
      const [one, other] = [await message(), await message()];
      await world.write(phone, `${one.text} ${other.text}`);
      expect([await statusOf(one.id), await statusOf(other.id)]).toEqual(['pending', 'pending']);
    });

    it('can take it back for a day with a word', async () => {
      const { id, text } = await message();
      await world.write(phone, text);
      await world.write(phone, 'thanks');
      await world.write(phone, 'Não!');
      expect(await statusOf(id)).toBe('canceled');

      const late = await message();
      await world.write(phone, late.text);
      world.clock.skip(25 * HOUR_MS);
      await world.write(phone, 'no');
      expect(await statusOf(late.id)).toBe('approved');
    });
  });

  describe('with somebody else’s token', () => {
    it('is a mismatch; three of them end the link, and the same text counts once', async () => {
      const { id, text } = await message();
      await world.write(STRANGER, text, { copies: 5 });
      expect(await world.code(id)).toMatchObject({ status: 'pending', last_problem: 'sender_mismatch' });
      expect(await world.link(id)).toMatchObject({ mismatches: 1, burned_at: null });
      await world.write(STRANGER, text);
      await world.write(STRANGER, text, { naming: 'lid_only' });
      expect(await world.link(id)).toMatchObject({ mismatches: 3, burned_at: expect.any(Number) });
      await world.write(phone, text);
      expect(await statusOf(id)).toBe('pending');
      expect(world.confirmations).toEqual([]);
    });

    it('is nobody else, whomever the app names beside the address', async () => {
      const claims = { peer_recipient_pn: `${phone.slice(1)}@s.whatsapp.net` };
      const [approvable, pending] = [await message(), await world.offered({ contact: phone })];
      await world.write(STRANGER, approvable.text, { naming: 'lid_only', claims });
      expect(await world.code(approvable.id)).toMatchObject({
        status: 'pending',
        last_problem: 'sender_mismatch',
      });
      const { lid } = world.whatsapp.handset(phone);
      await world.write(STRANGER, approvable.text, { naming: 'pn', claims: { peer_recipient_lid: lid } });
      for (const text of ['hello', 'no', 'stop']) {
        await world.write(STRANGER, text, { naming: 'lid_only', claims });
      }
      expect([await statusOf(approvable.id), await statusOf(pending.id)]).toEqual(['pending', 'pending']);
      expect(await world.optOuts.isOptedOut(phone)).toBe(false);
      expect([world.replies, world.wrote.includes(phone)]).toEqual([[], false]);
      await world.write(STRANGER, 'hello');
    });

    it('gets no answer, and neither does one with a token that is none', async () => {
      const { text } = await world.offered({ contact: phone });
      await world.write(STRANGER, text);
      await world.write(STRANGER, 'K7QM4-XW2P9');
      expect(world.replies).toEqual([]);
    });

    it('is nobody, if the number is on no WhatsApp', async () => {
      const { id, text } = await message();
      world.whatsapp.setOnWhatsApp(phone, false);
      await world.write(phone, text, { naming: 'username' });
      expect(await world.code(id)).toMatchObject({ status: 'pending', last_problem: 'sender_mismatch' });
    });

    it('is nobody, who had the number before and whom everything stored still names', async () => {
      const old = `+2010019${String(10_000 + people)}`;
      // The number's LID is learned, in Baileys' own rows as well.
      await world.write(phone, 'hello', { naming: 'pn' });
      await world.write(phone, 'hello');
      const { lid } = world.whatsapp.handset(phone);
      await world.store
        .insertInto('recipients')
        .values({ account: 'default', recipient: phone, lid, jid: `${phone.slice(1)}@s.whatsapp.net` })
        .onConflict((conflict) => conflict.columns(['account', 'recipient']).doUpdateSet({ lid }))
        .execute();
      world.whatsapp.changeNumber(phone, old);
      world.whatsapp.registerAnew(phone);
      const { id, text } = await message();
      await world.write(old, text, { naming: 'lid_only' });
      expect(await world.code(id)).toMatchObject({ status: 'pending', last_problem: 'sender_mismatch' });
      await world.write(phone, text, { naming: 'lid_only' });
      expect(await statusOf(id)).toBe('approved');
    });
  });

  describe('in time', () => {
    it('counts whenever it reaches us, by the time that WhatsApp gives it', async () => {
      const { id, text } = await message();
      const { made_at, ends_at } = await world.link(id);
      world.clock.skip(11 * MINUTE_MS);
      await world.store
        .updateTable('codes')
        .set({ ['status' as 'id']: 'expired' })
        .where('id', '=', id)
        .execute();
      await world.write(phone, text, { at: made_at - 6_000 });
      await world.write(phone, text, { at: ends_at + 1_000 });
      expect(await statusOf(id)).toBe('expired');
      await world.write(phone, text, { at: ends_at - 1_000 });
      expect(await statusOf(id)).toBe('approved');
    });

    it('does not bring back what was canceled, or what ended a day ago', async () => {
      const [canceled, old] = [await message(), await message()];
      const { ends_at } = await world.link(old.id);
      await world.write(phone, 'no', { at: world.clock.now() + 1_000 });
      await world.write(phone, canceled.text);
      expect(await statusOf(canceled.id)).toBe('canceled');
      world.clock.skip(25 * HOUR_MS);
      await world.write(phone, old.text, { at: ends_at - 1_000 });
      expect(await statusOf(old.id)).not.toBe('approved');
    });
  });

  describe('with one word', () => {
    it('NO cancels what is pending and was asked for before it, and releases no code', async () => {
      const { id } = await world.offered({ contact: phone });
      await world.write(phone, 'لا', { at: world.clock.now() - 20_000 });
      expect(await statusOf(id)).toBe('pending');
      await world.write(phone, 'لا');
      expect(await world.code(id)).toMatchObject({ status: 'canceled', code: null });
      expect([world.replies, world.wrote]).toEqual([[], []]);
      expect(world.withdrawn).toEqual([id]);
    });

    it('NO of somebody else cancels nothing', async () => {
      const { id } = await world.offered({ contact: phone });
      await world.write(STRANGER, 'no');
      await world.write(STRANGER, 'no', { naming: 'lid_only' });
      expect(await statusOf(id)).toBe('pending');
    });

    it('STOP opts out, under every name, until the person writes something else', async () => {
      const { id } = await world.offered({ contact: phone });
      await world.write(phone, 'STOP');
      expect(await world.optOuts.isOptedOut(phone)).toBe(true);
      expect(await world.optOuts.isOptedOut(STRANGER)).toBe(false);
      expect([world.replies, world.wrote, await statusOf(id)]).toEqual([[], [], 'pending']);
      await world.write(phone, 'hello again');
      expect(await world.optOuts.isOptedOut(phone)).toBe(false);
      expect(world.replies).toEqual([id]);
    });

    it('STOP of a LID alone holds for the number that WhatsApp told for it', async () => {
      const { lid } = world.whatsapp.handset(phone);
      await world.store
        .insertInto('recipients')
        .values({ account: 'default', recipient: phone, lid })
        .execute();
      await world.write(phone, 'stop', { naming: 'lid_only' });
      expect(await world.optOuts.isOptedOut(phone)).toBe(true);
      await world.write(phone, 'hello', { naming: 'pn' });
      expect(await world.optOuts.isOptedOut(phone)).toBe(false);
    });
  });

  it('nothing is asked of WhatsApp, and nothing differs, when a link is made', async () => {
    const questions = world.whatsapp.queries('contact');
    world.whatsapp.setOnWhatsApp(STRANGER, false);
    const [known, unknown] = [await message(), await world.offered({ contact: STRANGER, proof: 'message' })];
    world.whatsapp.setOnWhatsApp(STRANGER, true);
    const shape = ({ text }: { text: string }) => text.replace(/[A-Z2-9]{5}-[A-Z2-9]{5}/, '');
    expect(shape(known)).toBe(shape(unknown));
    expect([world.whatsapp.queries('contact'), world.asked]).toEqual([questions, []]);
  });

  it('a person’s flood makes work for its first texts only', async () => {
    const flood = Array.from({ length: 40 }, (_, n) =>
      world.writingFirst.hear({
        messageId: `flood ${n}`,
        text: 'lorem ipsum',
        from: { jid: null, phone, lid: '777@lid' },
        sentAt: world.clock.now(),
        arrivedAt: world.clock.now(),
        isLate: false,
      }),
    );
    await Promise.all(flood);
    expect(world.wrote).toHaveLength(10);
  });

  it('whatever a process left unanswered is answered by the next one', async () => {
    const { id, text } = await world.offered({ contact: phone });
    await world.write(phone, text);
    await world.store.updateTable('links').set({ answered_at: null }).where('code_id', '=', id).execute();
    await world.writingFirst.resume();
    await world.writingFirst.resume();
    expect(world.replies).toEqual([id, id]);
  });

  it('ten of many texts that waited for us are taken, and five whose time ended meanwhile', async () => {
    const offered = await Promise.all(
      Array.from({ length: 10 }, async (_, n) => {
        const contact = `+2010017${String(people * 100 + n).padStart(5, '0')}`;
        return { contact, ...(await world.offered({ contact, proof: 'message' })) };
      }),
    );
    await world.leave();
    const writing: Promise<string>[] = [];
    const put = (from: string, text: string) =>
      writing.push(world.whatsapp.handset(from).write(text, { to: '+201000000001', at: world.clock.now() }));
    for (let n = 0; n < 990; n++) put(STRANGER, n % 3 === 0 ? 'K7QM4-XW2P9' : `text ${n}`);
    for (const { contact, text } of offered) put(contact, text);
    const ids = await Promise.all(writing);
    world.clock.skip(11 * MINUTE_MS);
    const ended = offered.slice(5).map(({ id }) => id);
    await world.store
      .updateTable('codes')
      .set({ ['status' as 'id']: 'expired' })
      .where('id', 'in', ended)
      .execute();
    await world.comeBack();
    await Promise.all(ids.slice(-10).map(world.heard));
    for (const { id } of offered) expect(await statusOf(id)).toBe('approved');
    expect(world.replies).toEqual([]);
    expect(world.confirmations.sort()).toEqual(offered.map(({ id }) => id).sort());
  });
});
