import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { imports, inside, ROOT, sources } from './support/sources.js';

/** What each part may import; a part is a folder of the project, a folder of src/ or a file of src/. */
const LEAVES = [
  'src/errors',
  'src/log',
  'src/clock',
  'src/deadline',
  'src/loopback',
  'src/one-at-a-time',
  'src/random',
  'src/same-bytes',
  'src/sealing',
  'src/typed',
];
const BELOW_CHANNELS = [...LEAVES, 'database'];
const BELOW_DELIVERY = ['src/channels', ...BELOW_CHANNELS];
const BELOW_OTP = ['src/alarms', 'src/limits', 'src/delivery', ...BELOW_DELIVERY];
const BELOW_AUTH = ['src/callers', 'src/otp', ...BELOW_OTP];
const BELOW_WEBHOOKS = ['src/otp', ...BELOW_OTP];
const BELOW_HTTP = ['src/auth', ...BELOW_AUTH];
const BELOW_API = ['src/http', ...BELOW_HTTP];
const BELOW_ROUTES = [
  'src/admin',
  'src/alerts',
  'src/api',
  'src/contracts',
  'src/hooks',
  'src/hosted',
  'src/key-changes',
  'src/openapi',
  'src/twilio',
  'src/webhooks',
  ...BELOW_API,
];
const BELOW_APP = ['src/routes', 'src/channels/whatsapp', 'config', ...BELOW_ROUTES];
const BELOW_PROCESS = ['src/app', 'src/logging', ...BELOW_APP];
const BELOW_MAIN = ['src/start', 'src/process', 'src/terminal-qr', ...BELOW_PROCESS];
const MAY_IMPORT: Record<string, string[]> = {
  'src/main': BELOW_MAIN,
  'src/cli': [
    'config',
    'src/admin',
    'src/callers',
    'src/hooks',
    'src/start',
    'src/webhooks',
    ...BELOW_CHANNELS,
  ],
  'src/start': ['database'],
  'src/process': BELOW_PROCESS,
  'src/app': BELOW_APP,
  'src/routes': BELOW_ROUTES,
  'src/admin': ['src/alerts', 'src/hooks', 'src/key-changes', 'src/twilio', 'src/webhooks', ...BELOW_API],
  'src/api': ['src/webhooks', ...BELOW_API],
  'src/contracts': BELOW_API,
  'src/hooks': BELOW_API,
  'src/hosted': BELOW_API,
  'src/twilio': BELOW_API,
  'src/openapi': ['src/api', 'src/contracts', 'src/twilio', ...BELOW_API],
  'src/http': BELOW_HTTP,
  'src/auth': BELOW_AUTH,
  'src/webhooks': BELOW_WEBHOOKS,
  'src/otp': BELOW_OTP,
  'src/callers': ['src/alarms', 'src/limits', ...BELOW_CHANNELS],
  'src/alarms': ['src/limits', ...BELOW_CHANNELS],
  'src/limits': BELOW_CHANNELS,
  'src/delivery': BELOW_DELIVERY,
  'src/channels': BELOW_CHANNELS,
  'src/channels/whatsapp': ['src/channels', ...BELOW_CHANNELS],
  'src/alerts': BELOW_DELIVERY,
  'src/key-changes': BELOW_CHANNELS,
  'src/logging': LEAVES,
  'src/terminal-qr': [],
  'src/sealing': ['src/random'],
  'src/errors': [],
  'src/log': [],
  'src/clock': [],
  'src/deadline': [],
  'src/loopback': [],
  'src/one-at-a-time': [],
  'src/random': [],
  'src/same-bytes': [],
  'src/typed': [],
  'src/sandbox': ['src/sandbox/whatsapp', ...BELOW_MAIN],
  'src/sandbox/whatsapp': LEAVES,
  config: ['src/limits', 'src/log', 'src/loopback', 'src/typed', 'database'],
  database: [],
};

function partOf(path: string): string {
  const [top = '', file = '', third = ''] = path.split('/');
  const second = file.replace(/\.ts$/, '');
  if (top !== 'src') return top;
  return third === 'whatsapp' ? `${top}/${second}/${third}` : `${top}/${second}`;
}

const matching = (pattern: RegExp) =>
  sources.filter(({ code }) => pattern.test(code)).map(({ path }) => path);

it('the sources are found, and every part has its place', () => {
  expect(sources.length).toBeGreaterThan(100);
  expect(inside.length).toBeGreaterThan(300);
  const parts = new Set(
    [...sources, ...inside.map(({ target }) => ({ path: target }))].map(({ path }) => partOf(path)),
  );
  expect([...parts].filter((part) => !(part in MAY_IMPORT))).toEqual([]);
  expect(inside.filter(({ target }) => !sources.some(({ path }) => path === target))).toEqual([]);
});

it('imports flow one way', () => {
  const upwards = inside.filter(({ from, target }) => {
    const [part, other] = [partOf(from), partOf(target)];
    return part !== other && !MAY_IMPORT[part]?.includes(other);
  });
  expect(upwards).toEqual([]);
});

it('the configuration is known where the product is put together, and nowhere else', () => {
  const readers = inside.filter(
    ({ from, target }) => partOf(target) === 'config' && partOf(from) !== 'config',
  );
  const values = new Set(readers.filter(({ typeOnly }) => !typeOnly).map(({ from }) => from));
  const types = new Set(readers.filter(({ typeOnly }) => typeOnly).map(({ from }) => partOf(from)));
  expect([...values].sort()).toEqual(['src/cli/main.ts', 'src/main.ts', 'src/sandbox/main.ts']);
  expect([...types]).toEqual(['src/app']);
});

it('the database knows nothing of the product, the configuration what makes a secret, the limits and the folder of the project', () => {
  const from = (part: string) =>
    inside.filter((edge) => partOf(edge.from) === part && partOf(edge.target) !== part);
  expect(from('database')).toEqual([]);
  const targets = new Set(from('config').map(({ target }) => target));
  expect([...targets].sort()).toEqual([
    'database/root.ts',
    'src/limits/rules.ts',
    'src/log.ts',
    'src/loopback.ts',
    'src/typed/common-passwords.ts',
    'src/typed/duration.ts',
    'src/typed/email.ts',
    'src/typed/message-template.ts',
    'src/typed/return-url.ts',
    'src/typed/time.ts',
  ]);
});

it('only the configuration and the start of the sandbox read the environment', () => {
  const readers = matching(/process\.env\b|\benv\b[^;]*from 'node:process'|import\.meta\.env/);
  // The samples of the API show programs that do.
  const SAMPLES = 'src/openapi/page/samples.ts';
  expect(readers.filter((path) => !path.startsWith('config/') && path !== SAMPLES)).toEqual([
    'src/sandbox/main.ts',
  ]);
});

it('Baileys stays in the folders that speak to WhatsApp', () => {
  const users = imports
    .filter(({ target }) => /^(@whiskeysockets\/|libsignal)/.test(target))
    .map(({ from }) => from);
  expect(users.filter((path) => !/^src\/(channels|sandbox)\/whatsapp\//.test(path))).toEqual([]);
  expect(users).not.toEqual([]);
});

it('accounts leave the sign-in core as users, and tokens are made where a sign-in is complete', () => {
  const readers = matching(/\b(UserRow|RegistrationRow)\b/);
  expect(readers.filter((path) => !/^(src\/auth\/|database\/schema)/.test(path))).toEqual([]);
  expect(matching(/\btokens\.issue\(/)).toEqual(['src/auth/door.ts']);
});

it('a failure becomes an answer in one place', () => {
  // The form of the log-in page shows its own failures.
  expect(matching(/\bErrorRequestHandler\b/)).toEqual(['src/admin/login.ts', 'src/http/errors.ts']);
});

it('what happens in time has its clock as an argument', () => {
  const timed = /^src\/(alarms|otp|webhooks|auth|callers|delivery|channels|alerts|logging)\//;
  const readers = matching(/\bDate\.now\(|\bnew Date\(\)|\bset(Timeout|Interval)\(/);
  expect(readers).toContain('src/clock.ts');
  expect(readers.filter((path) => timed.test(path))).toEqual([]);
});

describe('the status of a job is changed in one place', () => {
  it('where a row is written at all', () => {
    expect(matching(/\binsertInto\(\s*\[?\s*['"`]jobs\b/)).toEqual(['src/delivery/queue/insert-jobs.ts']);
    // All but transition.ts leave the status alone: recipients, attempts, leases, bodies, the time of the next attempt.
    expect(matching(/\bupdateTable\(\s*\[?\s*['"`]jobs\b/).sort()).toEqual([
      'src/delivery/operators/forget-recipients.ts',
      'src/delivery/operators/retry.ts',
      'src/delivery/queue/queue.ts',
      'src/delivery/queue/sweep.ts',
      'src/delivery/queue/transition.ts',
    ]);
    expect(matching(/\b(mergeInto|replaceInto)\(|\bsql\.table\(\s*['"`]jobs\b/)).toEqual([]);
    const inSql = /\b(UPDATE(\s+ONLY)?|(INSERT(\s+OR\s+\w+)?|REPLACE|MERGE)\s+INTO)\s+["`]?jobs\b/i;
    expect(matching(inSql)).toEqual([]);
  });

  it('where it gets a value', () => {
    // Codes and webhooks have a status of their own, and neither folder writes to the table of jobs (see above); the
    // document has samples of answers.
    const ofJobs = (pattern: RegExp) =>
      matching(pattern).filter((path) => !/^src\/(otp|webhooks|openapi)\//.test(path));
    const ofMessages = /\bstatus: (sql|'(pending|processing|sent|failed|expired)')/;
    // A new job comes in as pending.
    expect(ofJobs(ofMessages).sort()).toEqual([
      'src/delivery/queue/enqueue.ts',
      'src/delivery/queue/transition.ts',
    ]);
    const inSet = /\b(set|doUpdateSet)\(\s*(\(?\w*\)?\s*=>\s*\(?\s*)?(\{[^}]*?)?['"]?\bstatus\b/;
    expect(ofJobs(inSet)).toEqual([]);
    expect(matching(/\bSET\s[^;`]*?\bstatus["`]?\s*=(?!=)/)).toEqual([]);
  });

  it('and a job that is there already is not written over', () => {
    const { code } = sources.find(({ path }) => path === 'src/delivery/queue/insert-jobs.ts') ?? { code: '' };
    expect(code).toContain("insertInto('jobs')");
    expect(code).not.toMatch(/onConflict|doUpdateSet|onDuplicateKeyUpdate|orReplace|\bsql`/);
  });
});

it('nothing gets round the type checker or the linter', () => {
  const texts = sources.map(({ path }) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
  const suppressed = texts.filter(({ text }) =>
    /biome-ignore|@ts-(ignore|expect-error|nocheck)|eslint-disable/.test(text),
  );
  expect(suppressed.map(({ path }) => path)).toEqual([]);
  expect(matching(/(?:[:<,|&]|\bas)\s*any\b(?!\s*[(:])|\bany\[\]/)).toEqual([]);
});
