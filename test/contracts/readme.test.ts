import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Child, start } from '../support/child.js';
import { newFolder } from '../support/databases.js';
import { until } from '../support/until.js';

const ROOT = join(import.meta.dirname, '../..');
const SANDBOX = join(ROOT, 'dist/src/sandbox/main.js');
const CHAPTER = 'Signing users in';
/** Of a walk, from start to end. */
const WALK_MS = 60_000;

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const [introduction, ...sections] = part(readme, `\n## ${CHAPTER}\n`, '\n## ').split('\n### ');
const helpers = blocks(introduction ?? '', 'bash').join('\n');
const walks = sections
  .map((section) => ({
    title: section.split('\n')[0] ?? '',
    script: blocks(section, 'bash').join('\n'),
    printed: blocks(section, 'text').join('\n'),
  }))
  .filter(({ script }) => script !== '');

let sandbox: Child;
let url = '';

beforeAll(async () => {
  const temporary = newFolder();
  sandbox = start(process.execPath, [SANDBOX], {
    cwd: newFolder(),
    env: { PORT: '0', TMPDIR: temporary, WORKER_MIN_SEND_DELAY_MS: '0', WORKER_MAX_SEND_DELAY_MS: '100' },
  });
  const text = await until(
    'the welcome',
    () => {
      if (!sandbox.isRunning()) throw new Error(`The sandbox ended:\n${sandbox.output()}`);
      return sandbox.output().includes('Ctrl-C') && sandbox.output();
    },
    40_000,
  );
  url = /Handsets\s+(\S+)\/sandbox\n/.exec(text)?.[1] ?? '';
}, 60_000);
afterAll(() => sandbox?.kill('SIGTERM'));

it('every contract has its walk', () => {
  expect(walks.map(({ title }) => title)).toEqual([
    'The phone contract',
    'The whatsapp contract',
    'The two-factor contract',
    'The cookie contract',
    "People's own accounts",
  ]);
});

it('every setting stands in the table', () => {
  const example = readFileSync(join(ROOT, 'config/.env.example'), 'utf8');
  const names = [...example.matchAll(/^([A-Z0-9_]+)=/gm)].map(([, name]) => name ?? '');
  const table = part(readme, '\n## Settings\n', '\n## ')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const listed = table.flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`(\w+)`/g)]);
  expect(listed.map(([, name]) => name ?? '').sort()).toEqual(names.sort());
});

it('every link within the README leads somewhere', () => {
  const anchors = [...readme.matchAll(/^##+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  const links = [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
  expect(links.filter((anchor) => anchor === undefined || !anchors.includes(anchor))).toEqual([]);
});

it.each(walks)(
  '$title: the requests answer what the README says',
  async ({ script, printed }) => {
    expect(await bash(`${helpers}\n${script}`)).toMatch(pattern(printed));
  },
  WALK_MS + 10_000,
);

/** What a script prints. */
async function bash(script: string): Promise<string> {
  const folder = newFolder();
  const shell = start('bash', ['-c', script], { cwd: folder, env: { BASE: url, TMPDIR: folder } });
  const bound = setTimeout(() => void shell.kill('SIGKILL'), WALK_MS);
  const { code } = await shell.exited;
  clearTimeout(bound);
  if (code !== 0) throw new Error(`The walk ended with ${code}:\n${shell.output()}`);
  return shell.output().trimEnd();
}

/** From behind `from` to the next `to`. */
function part(text: string, from: string, to: string): string {
  const begin = text.indexOf(from);
  if (begin < 0) throw new Error(`There is no "${from.trim()}"`);
  const rest = text.slice(begin + from.length);
  const end = rest.indexOf(to);
  return end < 0 ? rest : rest.slice(0, end);
}

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, given]) => given === language)
    .map(([, , body = '']) => body.trimEnd());
}

/** `…` stands for what is different every time. */
function pattern(printed: string): RegExp {
  const literal = printed.split('…').map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('[^"\\n]+?')}$`);
}
