import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inside, sources } from './support/sources.js';

const MAX_LINES = 220;
const MAX_FILES = 15;

/** A folder imports from those of the lines below its own. Folders of one line know nothing of each other. */
const ORDER: Record<string, string[][]> = {
  database: [
    ['locks', 'upgrade'],
    ['drivers', 'queries', 'migrations'],
  ],
  'src/admin': [
    ['conversion', 'integrations', 'reach', 'status', 'verifications'],
    ['hooks', 'webhooks'],
    ['jobs', 'keys', 'log-ins', 'users'],
    ['audit', 'callers'],
  ],
  'src/auth': [
    ['history', 'openid', 'self-service'],
    ['accounts', 'codes', 'notices'],
    ['clients', 'deletion', 'passwords'],
  ],
  'src/channels/whatsapp': [['people', 'state'], ['socket'], ['lookups', 'session', 'stanzas'], ['baileys']],
  'src/delivery': [
    ['operators', 'outlets', 'worker'],
    ['queue', 'search'],
  ],
  'src/hooks': [['presets'], ['authentication']],
  'src/http': [['access'], ['operator-sessions'], ['requests']],
  'src/otp': [
    ['handed', 'operators'],
    ['verifications'],
    ['writing-first'],
    ['route', 'texts'],
    ['conversion'],
  ],
  'src/webhooks': [['lane'], ['outbox'], ['endpoints'], ['network']],
  'src/sandbox/whatsapp': [['handset', 'linking', 'policy'], ['wire']],
};

const targets = new Map<string, string[]>();
for (const { from, target } of inside) targets.set(from, [...(targets.get(from) ?? []), target]);

/** All that a file leads to, over however many imports; only through files that `within` takes. */
function reachedFrom(file: string, within: (path: string) => boolean = () => true): Set<string> {
  const reached = new Set<string>();
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const target of targets.get(next) ?? []) {
      if (reached.has(target)) continue;
      reached.add(target);
      if (within(target)) open.push(target);
    }
  }
  return reached;
}

it(`no file is longer than ${MAX_LINES} lines`, () => {
  expect(sources.filter(({ lines }) => lines > MAX_LINES).map(({ path }) => path)).toEqual([]);
});

it(`no folder of src holds more than ${MAX_FILES} files`, () => {
  const counts = new Map<string, number>();
  for (const { path } of sources) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  const full = [...counts].filter(([folder, files]) => folder.startsWith('src') && files > MAX_FILES);
  expect(full).toEqual([]);
});

it('no file imports itself over others, not even for a type', () => {
  const circular = sources.map(({ path }) => path).filter((path) => reachedFrom(path).has(path));
  expect(circular).toEqual([]);
});

describe.each(Object.entries(ORDER))('the folders of %s', (area, order) => {
  /** The line of a file's folder; -1 for what lies in the area itself, or outside of it. */
  const lineOf = (path: string) =>
    order.findIndex((line) => line.some((name) => path.startsWith(`${area}/${name}/`)));
  const isAtRoot = (path: string) => dirname(path) === area;

  it('are all in the order', () => {
    const folders = new Set(
      sources.map(({ path }) => dirname(path)).filter((folder) => dirname(folder) === area),
    );
    expect([...folders].sort()).toEqual(
      order
        .flat()
        .map((name) => `${area}/${name}`)
        .sort(),
    );
  });

  it('import downwards', () => {
    const upwards = inside.filter(({ from, target }) => {
      const [line, other] = [lineOf(from), lineOf(target)];
      return line >= 0 && other >= 0 && other <= line && dirname(from) !== dirname(target);
    });
    expect(upwards).toEqual([]);
  });

  it('share only words: what they import from above knows no folder', () => {
    const shared = inside.filter(({ from, target }) => lineOf(from) >= 0 && isAtRoot(target));
    const upwards = shared.filter(({ target }) =>
      [...reachedFrom(target, isAtRoot)].some((reached) => lineOf(reached) >= 0),
    );
    expect(upwards).toEqual([]);
  });
});
