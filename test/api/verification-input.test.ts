import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorld, SARA, type World } from './verifications.js';

let world: World;
beforeAll(async () => {
  world = await openWorld('sqlite');
});
afterAll(() => world.close());

const DEEP = `${'['.repeat(4_000)}${']'.repeat(4_000)}`;

describe('bad input is refused with the name of its field', () => {
  it.each<[string, object]>([
    ['to', { to: undefined }],
    ['to', { to: '0100 123 4567' }],
    ['to', { to: 201001234567 }],
    ['to', { to: 'sara@' }],
    ['to', { to: `+${'1'.repeat(3_000)}` }],
    ['to', { to: { $ne: null } }],
    ['channel', { channel: 'fax' }],
    ['channel', { channel: ['whatsapp'] }],
    ['channel', { channel: 'email' }],
    ['route', { route: ['whatsapp', 'email'] }],
    ['route', { route: ['whatsapp', 'whatsapp'] }],
    ['route', { route: [] }],
    ['route', { route: 'whatsapp' }],
    ['route', { route: ['whatsapp'], channel: 'whatsapp' }],
    ['route', { to: 'sara@example.com', route: ['whatsapp'] }],
    ['codeLength', { codeLength: 3 }],
    ['codeLength', { codeLength: 11 }],
    ['codeLength', { codeLength: '6' }],
    ['codeLength', { codeLength: 6.5 }],
    ['ttlSeconds', { ttlSeconds: 59 }],
    ['ttlSeconds', { ttlSeconds: 3_601 }],
    ['userFirst', { userFirst: 'always' }],
    ['userFirst', { to: 'sara@example.com', userFirst: 'only' }],
    ['proof', { proof: 'voice' }],
    ['proof', { proof: 'message', userFirst: 'never' }],
    ['locale', { locale: 'arabic please' }],
    ['action', { action: 'x'.repeat(41) }],
    ['action', { action: 'see https://evil.example' }],
    ['action', { action: 'go to evil.example now' }],
    ['action', { action: 'two\nlines' }],
    ['action', { action: '1.2.3.4/pay' }],
    ['action', { action: 'see http://localhost' }],
    ['client', { client: 'c'.repeat(129) }],
    ['client', { client: 'a\u0000b' }],
    ['clientIp', { clientIp: '999.1.1.1' }],
    ['metadata', { metadata: [] }],
    ['metadata', { metadata: { deep: { er: 1 } } }],
    ['metadata', { metadata: { long: 'x'.repeat(501) } }],
    ['returnUrl', { returnUrl: 'https://evil.example/' }],
  ])('%s: %j', async (field, change) => {
    const { status, body } = await world.start({ ...change });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'fields_invalid',
      message: expect.stringContaining(field),
      errors: [{ field, message: expect.any(String) }],
    });
  });

  it.each([
    'null',
    '[]',
    '"text"',
    '{"to":null}',
    `{"to":${DEEP}}`,
    `{"to":"${SARA}","metadata":${DEEP}}`,
    '{',
  ])('a body of %.20s', async (body) => {
    expect((await world.post('', body)).status).toBe(400);
    expect((await world.post('/check', body)).status).toBe(400);
    const { id } = (await world.start({ client: 'deep' })).body;
    if (id !== undefined) expect([400, 404]).toContain((await world.post(`/${id}/check`, body)).status);
  });

  it('a body of 11 kB', async () => {
    expect((await world.post('', { to: SARA, client: 'x'.repeat(11_000) })).status).toBe(413);
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'status=open', 'cursor=x', 'to=nobody', 'limit=1&limit=2'])(
    'a list with ?%s',
    async (query) => {
      const { status, body } = await world.get(`?${query}`);
      expect([status, body.code]).toEqual([400, 'fields_invalid']);
    },
  );

  it('a code that is none, and a wait that is too long', async () => {
    const { id } = (await world.start({ client: 'codes' })).body;
    for (const code of [123456, '', '123', '12345678901', 'abcdef', null, ['1234']]) {
      const { status, body } = await world.post(`/${id}/check`, { code });
      expect([status, (body.errors as { field: string }[])[0]?.field]).toEqual([400, 'code']);
    }
    expect((await world.get(`/${id}`)).body.checksLeft).toBe(5);
    expect((await world.get(`/${id}?wait=26`)).body.code).toBe('fields_invalid');
    expect((await world.post(`/${id}/resend`, { channel: 'email' })).body.code).toBe('fields_invalid');
  });

  it('another method than those of the path', async () => {
    const response = await fetch(`${world.gateway.url}/api/v1/verifications`, { method: 'DELETE' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });
});
