import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWorld, type World } from '../api/verifications.js';
import { API_KEY } from '../http/harness.js';
import { until } from '../support/until.js';
import { blocksOf, converse, type Installed, PACKAGE, packAndInstall } from './packed.js';

const PHONE = '+12025550143';
/** `npm run test:client` names others: by their name, the command that a program is added to. */
const RUNTIMES: Record<string, string[]> = {
  'this Node': [process.execPath],
  ...(JSON.parse(process.env.CLIENT_RUNTIMES ?? '{}') as Record<string, string[]>),
};

let installed: Installed;
let world: World;
beforeAll(async () => {
  [installed, world] = await Promise.all([packAndInstall(), openWorld('sqlite')]);
});
afterAll(() => world?.close());

it('the package holds what it says and nothing else, and depends on nothing', () => {
  const modules = ['answer', 'client', 'errors', 'events', 'generated', 'index', 'pause', 'request'];
  const built = [...modules, 'wait', 'web-crypto', 'webhooks'];
  const expected = built.flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`]);
  expect(installed.files).toEqual(['LICENSE', 'README.md', ...expected, 'package.json'].sort());
  const manifest = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as object;
  expect(Object.keys(manifest).filter((key) => /dependencies$/i.test(key))).toEqual([]);
});

/** The vector of the specification's libraries. */
const SIGNED = `
import { isOtpError, verifyWebhook } from 'whatsapp-otp-client';
const headers = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const options = { now: () => 1614265330000 };
const { id } = await verifyWebhook('{"test": 2432232314}', headers, secret, options);
const refused = await verifyWebhook('{"test": 2432232315}', headers, secret, options).catch((error) => error);
console.log(id, isOtpError(refused) && refused.code);
`;

it.each(Object.entries(RUNTIMES))('a webhook is verified in %s', async (_name, command) => {
  const program = join(installed.folder, 'signed.mjs');
  writeFileSync(program, SIGNED);
  const receiver = converse([...command, program], installed.folder, {});
  expect([await receiver.ended, receiver.output().trim()]).toEqual([
    0,
    'msg_p5jXN8AQM9LWM0D4loKWxJek webhook_signature_invalid',
  ]);
});

it.each(Object.entries(RUNTIMES))('the ten lines of its README work in %s', async (_name, command) => {
  const [sample = ''] = blocksOf('packages/client/README.md', 'js');
  expect(sample.trim().split('\n')).toHaveLength(10);
  const program = join(installed.folder, 'sample.mjs');
  writeFileSync(program, sample);
  const before = world.messagesTo(PHONE).length;
  // What went out to this number a moment ago is not in the way.
  world.gateway.clock.step(60 * 60_000);
  const person = converse([...command, program], installed.folder, {
    OTP_URL: world.gateway.url,
    OTP_KEY: API_KEY,
  });
  await until('it asks', () => person.output().includes('The code: '));
  person.type(await world.codeOn(PHONE, before + 1));
  expect([await person.ended, person.output()]).toEqual([0, expect.stringContaining('It is them.')]);
});
