import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, inject } from 'vitest';
import type { Judged, Seen } from './documented.js';
import { type RecordedAnswer, recordAnswers, takeAnswers } from './recording.js';

/** Files of a worker share the process, and this runs once for each of them. */
const world = globalThis as { isRecordingAnswers?: true; judgeAnswer?: (answer: RecordedAnswer) => Judged };
if (!world.isRecordingAnswers) {
  world.isRecordingAnswers = true;
  recordAnswers();
}

const seen = new Map<string, Seen>();

/** Every answer of the product, in whatever test, is one that the document has. */
afterEach(async () => {
  const answers = takeAnswers();
  if (answers.length === 0) return;
  // What it takes has been loaded by the product already.
  world.judgeAnswer ??= await judge();
  const mistakes = new Set<string>();
  for (const answer of answers) {
    const judged = world.judgeAnswer(answer);
    if (judged.kind === 'documented') seen.set(JSON.stringify(judged.seen), judged.seen);
    else if (judged.kind === 'mistake') mistakes.add(judged.why);
  }
  expect([...mistakes]).toEqual([]);
});

/** For `whole-run.ts`. */
afterAll(() => {
  const folder = join(inject('runFolder'), 'answers');
  mkdirSync(folder, { recursive: true });
  const { testPath = '' } = expect.getState();
  const name = testPath.replaceAll(/[^\w.-]/g, '_');
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ testPath, seen: [...seen.values()] }));
});

async function judge() {
  const { createJudge } = await import('./documented.js');
  const { surfacesOf } = await import('../../../src/openapi/operations/index.js');
  const { DEFAULT_SETTINGS } = await import('../../../src/openapi/settings.js');
  return createJudge(surfacesOf(DEFAULT_SETTINGS));
}
