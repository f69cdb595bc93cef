import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { newFolder } from '../support/databases.js';
import { blocksIn, GUIDES, readGuide } from './page.js';

const run = promisify(execFile);

it('what is not run says so, and is parsed where somebody can', async () => {
  const folder = newFolder();
  for (const [page, command, option] of [
    ['laravel', 'php', '-l'],
    ['rails', 'ruby', '-c'],
  ] as const) {
    expect(readGuide(page)).toMatch(/neither was the snippet/);
    const blocks = blocksIn(readGuide(page), command).filter((text) => /^(?:<\?php|require)/.test(text));
    expect(blocks.length).toBeGreaterThan(0);
    for (const text of blocks) {
      const file = join(folder, 'snippet');
      writeFileSync(file, text);
      const parsed = await run(command, [option, file]).then(
        () => 'parsed',
        (error: { code?: unknown; stderr?: string }) => (error.code === 'ENOENT' ? 'parsed' : error.stderr),
      );
      expect(parsed).toBe('parsed');
    }
  }
});

it('every page is in the index, and says what was tried', () => {
  const pages = readdirSync(GUIDES).filter((name) => name.endsWith('.md') && name !== 'README.md');
  const index = readGuide('README');
  for (const name of pages) expect(index).toContain(`](${name})`);
  // That of the client has tests of its own.
  for (const name of pages.filter((each) => each !== 'nextjs.md')) {
    const text = readGuide(name.replace(/\.md$/, ''));
    expect([name, text]).toEqual([name, expect.stringMatching(/^## What was tried$/m)]);
    expect([name, text]).toEqual([name, expect.stringMatching(/^## What you need$/m)]);
    for (const [, link = ''] of text.matchAll(/\]\(([\w-]+\.\w+)\)/g)) {
      expect(readdirSync(GUIDES)).toContain(link);
    }
  }
});
