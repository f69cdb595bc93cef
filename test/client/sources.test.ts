import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../support/sources.js';

const MAX_LINES = 220;
const GENERATED = 'generated.ts';

function filesIn(folder: string) {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|js)$/.test(entry.name))
    .map(({ name }) => ({ name, text: readFileSync(join(ROOT, folder, name), 'utf8') }));
}

const importsOf = (text: string) =>
  [...text.matchAll(/(?:from|import|import\() ?'([^']+)'/g)].map(([, target = '']) => target);

it('the client imports nothing but itself, so that it runs wherever there is fetch', () => {
  const files = filesIn('packages/client/src');
  expect(files.length).toBeGreaterThan(8);
  const own = files.map(({ name }) => `./${name.replace(/ts$/, 'js')}`);
  expect(files.flatMap(({ text }) => importsOf(text)).filter((target) => !own.includes(target))).toEqual([]);
});

it('the sample needs Express and the client alone', () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'examples/express/package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const imported = filesIn('examples/express').flatMap(({ text }) => importsOf(text));
  const packages = new Set(imported.filter((target) => !/^(\.|node:)/.test(target)));
  expect([...packages].sort()).toEqual(Object.keys(dependencies).sort());
});

it(`no file of them is longer than ${MAX_LINES} lines`, () => {
  const folders = ['packages/client/src', 'packages/client/types', 'examples/express'];
  const files = folders.flatMap(filesIn).filter(({ name }) => name !== GENERATED);
  expect(files.filter(({ text }) => text.split('\n').length > MAX_LINES + 1)).toEqual([]);
});
