import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openWorld, type World, wrong } from '../api/verifications.js';
import { API_KEY } from '../http/harness.js';
import { ROOT } from '../support/sources.js';
import { until } from '../support/until.js';
import { blocksOf, converse, type Installed, link, PACKAGE, packAndInstall } from './packed.js';
import { createVisitor } from './visitor.js';

const PHONE = '+12025550143';
const LINK = {
  link: 'https://wa.me/15550000000?text=K7QM4-XW2P9',
  number: '+15550000000',
  text: 'K7QM4-XW2P9',
};
/** `npm run test:client` names others: by their name, the command that a program is added to. */
const RUNTIMES: Record<string, string[]> = {
  'this Node': [process.execPath],
  ...(JSON.parse(process.env.CLIENT_RUNTIMES ?? '{}') as Record<string, string[]>),
};

let installed: Installed;
let world: World;
beforeAll(async () => {
  const offered = new Set<string>();
  const links = {
    async offerIn(_trx: unknown, codeId: string) {
      offered.add(codeId);
      return LINK;
    },
    shown: async (codeIds: readonly string[]) =>
      new Map(codeIds.filter((id) => offered.has(id)).map((id) => [id, LINK])),
  };
  [installed, world] = await Promise.all([packAndInstall(), openWorld('sqlite', { links })]);
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

describe('the Express sample', () => {
  let app: ReturnType<typeof converse>;
  let url: string;
  beforeAll(async () => {
    const folder = join(installed.folder, 'express');
    cpSync(join(ROOT, 'examples/express'), folder, { recursive: true });
    link(installed.folder, 'express');
    app = converse([process.execPath, 'server.js'], folder, {
      OTP_URL: world.gateway.url,
      OTP_KEY: API_KEY,
      PORT: '0',
    });
    url = await until('the sample listens', () => /http:\/\/\S+/.exec(app.output())?.[0]);
  });
  afterAll(() => app.stop());

  it('signs somebody in with a code, after a wrong one, and out again', async () => {
    const phone = '+12025550151';
    const visitor = createVisitor(url);
    expect((await visitor.get('/')).text).toContain('Your phone number');
    expect((await visitor.send('/start', { number: 'mine' })).text).toContain(
      'Please enter the whole number',
    );
    expect((await visitor.send('/start', { number: phone })).text).toContain(`We sent a code to <b>${phone}`);
    const code = await world.codeOn(phone);
    const refused = await visitor.send('/code', { code: wrong(code) });
    expect(refused.text).toMatch(/That is not the code\.[\s\S]+4 tries left/);
    expect((await visitor.send('/again')).text).toMatch(/That was quick\. Please try again in \d+ seconds\./);
    const before = visitor.cookies.get('session');
    expect((await visitor.send('/code', { code })).text).toContain(`You are signed in as <b>${phone}`);
    expect(visitor.cookies.get('session')).not.toBe(before);
    expect((await visitor.send('/sign-out')).text).toContain('Your phone number');
  });

  it('offers the button where nobody may be written to, and takes the code that is the answer', async () => {
    const phone = '+12025550152';
    world.gateway.sender.set({ state: 'RESTRICTED' });
    const visitor = createVisitor(url);
    const { text } = await visitor.send('/start', { number: phone });
    expect(text).toContain(`href="${LINK.link}"`);
    expect(text).not.toContain('We sent a code');
    const { body } = await world.get(`?to=${encodeURIComponent(phone)}`);
    const [{ id }] = body.verifications as [{ id: string }];
    world.gateway.sender.set({ state: 'READY' });
    await world.gateway.replyTo(id);
    const { text: welcome } = await visitor.send('/code', { code: await world.codeOn(phone) });
    expect(welcome).toContain(`You are signed in as <b>${phone}`);
  });

  it('lets in nobody by a code that somebody else has asked for', async () => {
    const phone = '+12025550153';
    const [one, other] = [createVisitor(url), createVisitor(url)];
    await one.send('/start', { number: phone });
    const code = await world.codeOn(phone);
    await other.send('/start', { number: phone });
    await world.codeOn(phone, 2);
    expect((await other.send('/code', { code })).text).toContain('That is not the code.');
    expect((await one.send('/code', { code })).text).toContain('You are signed in');
  });

  it('shows what is typed as it was typed', async () => {
    const { text } = await createVisitor(url).send('/start', { number: '"><script>alert(1)</script>' });
    expect(text).not.toContain('<script>');
  });
});

it('the route handlers of the guide for Next.js send a code and check it', async () => {
  const phone = '+12025550154';
  vi.stubEnv('OTP_URL', world.gateway.url);
  vi.stubEnv('OTP_KEY', API_KEY);
  const [start, check] = await Promise.all(blocksOf('docs/guides/nextjs.md', 'ts').map(handlerOf));
  const post = (handler: Handler | undefined, body: object, cookie = '') => {
    const request = new Request('https://app.test/', {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { cookie },
    });
    return handler?.(request) as Promise<Response>;
  };
  const refused = await post(start, { to: 'mine' });
  expect([refused.status, await refused.json()]).toEqual([
    400,
    expect.objectContaining({ code: 'fields_invalid' }),
  ]);
  const started = await post(start, { to: phone });
  expect([started.status, await started.json()]).toEqual([200, { userFirst: expect.objectContaining(LINK) }]);
  const cookie = started.headers.get('set-cookie')?.split(';')[0] ?? '';
  const code = await world.codeOn(phone);
  const guessed = await post(check, { to: phone, code: wrong(code) }, cookie);
  expect([guessed.status, await guessed.json()]).toEqual([400, { checksLeft: 4 }]);
  expect((await post(check, { to: phone, code })).status).toBe(400);
  const right = await post(check, { to: '+1 202 555-0154', code }, `a=b; ${cookie}`);
  expect([right.status, await right.json()]).toEqual([200, { signedInAs: phone }]);
  const again = await post(check, { to: phone, code }, cookie);
  expect([again.status, await again.json()]).toEqual([
    404,
    expect.objectContaining({ code: 'verification_not_found' }),
  ]);
});

const TYPED = `
import { createClient, isOtpError, type OtpError, type WebhookEvent } from 'whatsapp-otp-client';

export async function typed(event: WebhookEvent, error: unknown): Promise<string | number | undefined> {
  const otp = createClient({ url: process.env.OTP_URL, apiKey: process.env.OTP_KEY });
  const { status, userFirst } = await otp.verify.start({ to: '+12025550143', metadata: { order: 17 } });
  const verificationStatus: 'pending' | 'approved' | 'canceled' | 'expired' | 'max_checks' = status;
  const answer = await otp.verify.check('ver_1', '123456');
  if (!answer.valid) return answer.checksLeft;
  if (isOtpError(error, 'resend_too_soon', 'teapot')) {
    const code: 'resend_too_soon' | 'teapot' = error.code;
    return code;
  }
  if (isOtpError(error)) return (error satisfies OtpError).retryAfterSeconds ?? undefined;
  if (event.type === 'code.failed') return event.data.final ? event.data.error?.code : event.data.jobId;
  if (event.type === 'channel.obstacle') return event.data.obstacle?.reason;
  // @ts-expect-error: a field that there is not
  await otp.verify.start({ to: '+12025550143', chanel: 'sms' });
  return userFirst?.link ?? verificationStatus;
}
`;

it('its types fit strict TypeScript, the code of the guide too', async () => {
  const folder = join(installed.folder, 'typed');
  mkdirSync(folder);
  const pages = [TYPED, ...blocksOf('docs/guides/nextjs.md', 'ts')];
  for (const [index, code] of pages.entries()) writeFileSync(join(folder, `${index}.ts`), code);
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    lib: ['es2022'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    // Those of the client were checked when it was built.
    skipLibCheck: true,
    typeRoots: [join(ROOT, 'node_modules/@types')],
    types: ['node'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  const compiler = converse(
    [process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder],
    folder,
    {},
  );
  expect([await compiler.ended, compiler.output()]).toEqual([0, '']);
});

type Handler = (request: Request) => Promise<Response>;

/** A page's code as Next.js would load it, beside the installed client. */
async function handlerOf(code: string, index: number): Promise<Handler> {
  const folder = join(installed.folder, 'app');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `route-${index}.mjs`);
  writeFileSync(file, (await transform(code, { loader: 'ts' })).code);
  return ((await import(pathToFileURL(file).href)) as { POST: Handler }).POST;
}
