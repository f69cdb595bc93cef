import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hooksCommand } from '../../src/cli/hooks.js';
import { readHooksArguments } from '../../src/cli/hooks-arguments.js';
import type { HookWithSecret } from '../../src/hooks/hooks.js';
import { fixture } from '../hooks/fixture.js';
import { signedAs } from '../hooks/presets/signing.js';
import { BY, openWorld, type World } from '../hooks/world.js';
import { newFolder } from '../support/databases.js';
import { blocksIn, readGuide } from './page.js';

const MADE_BY_THE_SERVER = 'k3y-that-the-server-has-made';
const MINUTE_MS = 60_000;

/** What each page makes, and the body that it shows, where it is one of the fixtures. */
const PAGES = [
  { page: 'supabase', preset: 'supabase', body: 'supabase-sms', code: '561166' },
  { page: 'kratos', preset: 'kratos', body: 'kratos-login', code: '204815' },
  { page: 'authgear', preset: 'authgear', body: 'authgear', code: '482910' },
  { page: 'logto', preset: 'logto', body: 'logto', code: '618203' },
  { page: 'zitadel', preset: 'zitadel', body: 'zitadel', code: 'JQ4K7M' },
  { page: 'authentik', preset: 'authentik', body: 'authentik', code: '039471' },
  { page: 'fusionauth', preset: 'fusionauth', body: 'fusionauth', code: '871204' },
  { page: 'keycloak', preset: 'generic', body: null, code: '162534' },
  { page: 'generic', preset: 'generic', body: null, code: '123456' },
] as const;

const run = promisify(execFile);
const NUMBER = '+201001234567';
const hasShell = await run('bash', ['-c', 'curl --version && openssl version']).then(
  () => true,
  () => false,
);

let world: World;
beforeAll(async () => {
  world = await openWorld('sqlite');
});
afterAll(() => world.close());

describe.each(PAGES)('the guide for $page', ({ page, preset, body, code }) => {
  const text = readGuide(page);
  const shell = blocksIn(text, 'bash');
  const sample = Buffer.from(blocksIn(text, 'json')[0] ?? '');
  const folder = newFolder();
  let made: HookWithSecret;

  /** Runs a line of the page, through what the command line runs. */
  async function command(line: string): Promise<{ id: string; secret: string }> {
    writeFileSync(join(folder, `${page}-key`), `${MADE_BY_THE_SERVER}\n`);
    const words = line.trim().match(/"[^"]*"|\S+/g) ?? [];
    const args = words.map((word) => word.replaceAll('"', ''));
    expect(args.slice(0, 4)).toEqual(['npm', 'run', 'hooks', '--']);
    const read = readHooksArguments(
      args
        .slice(4)
        .map((word) => word.replace('$HOOK_ID', made?.hook.id))
        .map((word) => (/^\w+-(?:key|secret)$/.test(word) ? join(folder, `${page}-key`) : word)),
    );
    if (read === null) throw new Error('The page asks for help.');
    const said = await hooksCommand(read)(world.gateway.hooks, BY);
    return said.json as { id: string; secret: string };
  }

  const call = (raw: Buffer, by: HookWithSecret, at = world.gateway.clock.now()) =>
    world.post(made, raw, signedAs(preset, by, raw, at));

  beforeAll(async () => {
    const lines = shell.filter((block) => block.startsWith('npm run hooks -- '));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const { id, secret } = await command(line);
      const hook = await world.gateway.hooks.find(id);
      made = { hook, secret, isStandIn: false, authorization: `Bearer ${secret}`, setup: [] };
    }
  });

  it('makes a hook of its preset, with the secret of the server where there is one', () => {
    expect(made.hook.preset).toBe(preset);
    const isTheirs = preset === 'authgear' || preset === 'zitadel';
    expect(made.secret === MADE_BY_THE_SERVER).toBe(isTheirs);
  });

  it('shows what the server sends, which is sent once', async () => {
    if (body !== null) expect(JSON.parse(sample.toString())).toEqual(JSON.parse(fixture(body).toString()));
    const before = world.messagesTo(NUMBER).length;
    const answers = [await call(sample, made), await call(sample, made)];
    const told = preset === 'authgear' ? { code: 'ok' } : {};
    expect(answers.map(({ status, body: answer }) => [status, answer])).toEqual([
      [200, told],
      [200, told],
    ]);
    expect(await world.messageTo(NUMBER, before + 1)).toContain(code);
    expect(world.messagesTo(NUMBER)).toHaveLength(before + 1);
  });

  it('is refused with another secret, altered or too old where the server signs', async () => {
    const { clock } = world.gateway;
    const stranger = {
      ...made,
      secret: 'whsec_c29tZWJvZHkgZWxzZSB3aXRoIGEga2V5',
      authorization: 'Bearer other',
    };
    expect((await call(sample, stranger)).status).toBe(401);
    if (preset === 'supabase' || preset === 'zitadel') {
      expect((await call(sample, made, clock.now() - 6 * MINUTE_MS)).status).toBe(401);
    }
    if (preset === 'supabase' || preset === 'zitadel' || preset === 'authgear') {
      const altered = Buffer.from(sample.toString().replace(code, '000000'));
      const headers = signedAs(preset, made, sample, clock.now());
      expect((await world.post(made, altered, headers)).status).toBe(401);
    }
  });

  it.skipIf(!hasShell)('says how to call the hook without the server, and that works', async () => {
    const { clock, url } = world.gateway;
    const seconds = Math.floor(clock.now() / 1_000);
    mkdirSync(join(folder, 'bin'), { recursive: true });
    writeFileSync(join(folder, 'bin/date'), `#!/bin/sh\necho ${seconds}\n`);
    chmodSync(join(folder, 'bin/date'), 0o755);
    writeFileSync(join(folder, 'body.json'), sample);
    const calls = shell.filter((block) => block.includes('curl '));
    expect(calls.length).toBeGreaterThan(0);
    for (const block of calls) {
      const { stdout } = await run('bash', ['-euc', block], {
        cwd: folder,
        env: {
          PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
          HOOK_URL: url + new URL(made.hook.url).pathname,
          HOOK_SECRET: made.secret,
        },
      });
      expect(stdout).toBe(preset === 'authgear' ? '{"code":"ok"}' : '{}');
    }
  });

  it('says that the server was not run', () => {
    const said = /itself was not run here\b[^.]*\. The page follows \S+ at/;
    expect(text).toMatch(page === 'generic' ? /No auth server was run here/ : said);
  });
});
