import { describe, expect, it } from 'vitest';
import { askerOf } from '../../src/auth/clients/asker.js';
import { DATABASES } from '../support/databases.js';
import { useWorld, world } from './use-world.js';
import { clientAt, EMAIL, HERE, visitedBy } from './world.js';

describe.each(DATABASES)('who asks, on %s', (kind) => {
  useWorld(kind);

  it('is the client of the registration that it names, until that is an account', async () => {
    const from = visitedBy({ ...HERE, cookie: 'hers' }, world.plainAuth);
    const { id } = await world.start('two-factor', { email: EMAIL }, { from });
    const stranger = clientAt('198.51.100.1', { fresh: 'new', named: id });
    expect(await askerOf(world.store, stranger)).toMatchObject({ named: id, binding: 'hers', key: 'hers' });

    const { signUp } = from.for('two-factor');
    await signUp.verify(id, world.code(EMAIL));
    await signUp.setPassword(id, 'her password');
    const asked = await askerOf(world.store, stranger);
    expect(asked).toMatchObject({ named: null, binding: 'new', key: '198.51.100.1' });
  });

  it.each(['', 'nobody', '0d9f5ad5-8ddd-4ae6-b0a4-5b2f1d3f7c11', "'; --"])(
    'is nobody that was heard of when it names %j',
    async (named) => {
      expect(await askerOf(world.store, { ...HERE, named })).toMatchObject({ named: null });
    },
  );
});
