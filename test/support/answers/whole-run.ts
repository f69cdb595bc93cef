import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { surfacesOf } from '../../../src/openapi/operations/index.js';
import { DEFAULT_SETTINGS } from '../../../src/openapi/settings.js';
import type { Seen } from './documented.js';
import { unseen } from './unseen.js';

const TESTS = join(import.meta.dirname, '../..');

/** After a run of all files: whatever the document says was answered at least once. */
export default function setup(project: TestProject) {
  const { runFolder } = project.getProvidedContext();
  return () => {
    const folder = join(runFolder, 'answers');
    if (!existsSync(folder)) return;
    const files = readdirSync(folder).map(
      (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as { testPath: string; seen: Seen[] },
    );
    const ran = new Set(files.map(({ testPath }) => testPath));
    const all = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(TESTS, name));
    if (!all.every((path) => ran.has(path))) return;
    const missing = unseen(
      surfacesOf(DEFAULT_SETTINGS),
      files.flatMap(({ seen }) => seen),
    );
    if (missing.length === 0) return;
    process.stderr.write(`The document says what no test has seen:\n${missing.join('\n')}\n`);
    // What a teardown throws is told, and the run is green all the same.
    process.exitCode = 1;
  };
}
