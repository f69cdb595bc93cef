import { describe, expect, it } from 'vitest';
import { createOpenIdAccounts } from '../../src/auth/openid/openid-accounts.js';
import { silentLog } from '../../src/log.js';
import { DATABASES } from '../support/databases.js';
import { useWorld, world } from './use-world.js';
import { clientAt, EMAIL, PHONE, visitedBy } from './world.js';

describe.each(DATABASES)('what people are told about their accounts, on %s', (kind) => {
  useWorld(kind);
  const google = () =>
    createOpenIdAccounts({ ...world, log: silentLog })({
      issuer: 'https://accounts.example',
      subject: 'asha',
      email: EMAIL,
      name: 'Asha',
    });

  it('by mail, that one was made', async () => {
    await world.signUp('cookie', { email: EMAIL });
    await world.signUp('two-factor', { email: 'two@example.com' });
    expect(world.told).toEqual([
      [EMAIL, 'account_made'],
      ['two@example.com', 'account_made'],
    ]);
  });

  it('over WhatsApp, only if somebody else wanted one with the same number', async () => {
    await world.start('whatsapp', { phone: PHONE, email: EMAIL });
    await world.later();
    await world.signUp('whatsapp', { phone: PHONE, email: EMAIL });
    await world.signUp('two-factor', { phone: '+6281234567891', email: 'two@example.com' });
    expect(world.told).toEqual([]);
    const stranger = visitedBy(clientAt('198.51.100.9'), world.plainAuth);
    for (const [contract, phone] of [
      ['cookie', '+6281234567892'],
      ['two-factor', '+6281234567893'],
    ] as const) {
      const { id, contact } = await world.start(contract, { phone, email: 'three@example.com' });
      const code = world.code(phone);
      await world.start(contract, { phone, email: 'his@example.com' }, { from: stranger });
      const { signUp } = world.auth.for(contract);
      if (contract === 'cookie') {
        await signUp.finish(contact, code);
      } else {
        await signUp.verify(id, code);
        await signUp.setPassword(id, 'her password');
      }
      expect(world.told.at(-1)).toEqual([phone, 'account_made']);
    }
    expect(world.told).toHaveLength(2);
  });

  it('that Google made one, and once that it took a password which the address never proved', async () => {
    await google();
    await google();
    expect(world.told).toEqual([[EMAIL, 'account_made']]);
    await world.store.deleteFrom('users').execute();
    await world.signUp('cookie', { email: EMAIL });
    await world.store.updateTable('users').set({ password_contact: null }).execute();
    world.told.length = 0;
    await google();
    await google();
    expect(world.told).toEqual([[EMAIL, 'google_linked']]);
  });
});
