import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../support/sources.js';

const PATH = /^[\w.][\w.-]*(\/[\w.-]+)*\/?$/;

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const chapter = /\n## Architecture\n([\s\S]+?)\n## /.exec(readme)?.[1] ?? '';
const [fenced = '', tree = ''] = /^```\n([\s\S]+?)```/m.exec(chapter) ?? [];

/** What stands in backticks and looks like a path of the repository. */
function pathsIn(text: string): string[] {
  const quoted = [...text.matchAll(/`([^`]+)`/g)].map(([, words]) => words ?? '');
  return quoted.filter((words) => PATH.test(words) && /\/|\.(ts|js|ejs|md)$/.test(words));
}

/** The names at the start of each line; a deeper line is about the folder above it. */
function pathsOfTree(): string[] {
  const folders: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const end = words.findIndex((word) => !/^[\w.-]+(\/|\.ts)$/.test(word));
    const depth = (line.length - line.trimStart().length) / 2;
    const names = words.slice(0, end).map((name) => folders.slice(0, depth).join('') + name);
    folders[depth] = words[0] ?? '';
    return names;
  });
}

it('every file and folder that the architecture names is there', () => {
  const named = [...pathsOfTree(), ...pathsIn(chapter.replace(fenced, ''))];
  expect(named.length).toBeGreaterThan(150);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

it('every folder of src stands in its tree', () => {
  const folders = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => `${join(parentPath, name).slice(ROOT.length + 1)}/`);
  const named = pathsOfTree().filter((path) => path.startsWith('src/') && path.endsWith('/'));
  expect(named.filter((path) => path !== 'src/').sort()).toEqual(folders.sort());
});

it('each walk passes as many files as its title says', () => {
  const walks = chapter.split('\n#### ').slice(1);
  const counts = walks.map((walk) => {
    const [title = '', ...lines] = walk.split('\n');
    const steps = lines.filter((line) => /^(\d\.| {3})/.test(line)).join('\n');
    return { said: Number(/: (\d+) files$/.exec(title)?.[1]), counted: new Set(pathsIn(steps)).size };
  });
  expect(counts).toHaveLength(7);
  expect(counts.map(({ counted }) => counted)).toEqual(counts.map(({ said }) => said));
});
