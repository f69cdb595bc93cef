import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { captureLogging } from './capture.js';

/** Each file, and which of the entries it gets last. */
const LAST: Record<string, string> = {
  'combined.log': 'a rejection',
  'error.log': 'a rejection',
  'exceptions.log': 'an exception',
  'rejections.log': 'a rejection',
};
const FILES = Object.keys(LAST);

type Logging = ReturnType<typeof captureLogging>;

/** One entry for every file. */
function writeAll(logging: Logging, word: string): void {
  logging.log.error(`${word} an error`);
  logging.logException(new Error(`${word} an exception`));
  logging.logRejection(new Error(`${word} a rejection`));
}

function allHold(logging: Logging, word: string): Promise<void> {
  return vi.waitFor(
    () => {
      for (const name of FILES) expect(logging.read(name)).toContain(`${word} ${LAST[name]}`);
    },
    { timeout: 10_000 },
  );
}

describe('log files that are taken away while the program runs', () => {
  it('come back with their folder, each with what is said next, for its owner alone', async () => {
    const logging = captureLogging();
    writeAll(logging, 'before');
    await allHold(logging, 'before');
    rmSync(logging.dir, { recursive: true });
    writeAll(logging, 'after');
    await allHold(logging, 'after');
    expect(statSync(logging.dir).mode & 0o777).toBe(0o700);
    for (const name of FILES) {
      expect(statSync(join(logging.dir, name)).mode & 0o777).toBe(0o600);
      expect(logging.read(name)).not.toContain('before');
    }
    expect(logging.printed()).not.toContain('log files cannot be written');
    await logging.close();
  });

  it.each(FILES)('%s comes back alone', async (name) => {
    const logging = captureLogging();
    writeAll(logging, 'before');
    await allHold(logging, 'before');
    rmSync(join(logging.dir, name));
    writeAll(logging, 'after');
    await allHold(logging, 'after');
    for (const each of FILES) expect(logging.read(each).includes('before')).toBe(each !== name);
    await logging.close();
  });

  it('or moved away, as logrotate does, are left to whoever moved them', async () => {
    const logging = captureLogging();
    writeAll(logging, 'before');
    await allHold(logging, 'before');
    const moved = join(logging.dir, 'combined.log.moved');
    renameSync(join(logging.dir, 'combined.log'), moved);
    writeAll(logging, 'after');
    await allHold(logging, 'after');
    expect(readFileSync(moved, 'utf8')).not.toContain('after');
    await logging.close();
  });

  it('come back when their folder can be made again, and the console has it all', async () => {
    const logging = captureLogging();
    writeAll(logging, 'before');
    await allHold(logging, 'before');
    rmSync(logging.dir, { recursive: true });
    writeFileSync(logging.dir, 'a file in the place of the folder');
    writeAll(logging, 'meanwhile');
    await vi.waitFor(() => expect(logging.printed()).toContain('log files cannot be written'), {
      timeout: 10_000,
    });
    rmSync(logging.dir);
    // A clock that is set back keeps nobody waiting.
    logging.clock.step(-24 * 3_600_000);
    await logging.clock.advance(31_000);
    writeAll(logging, 'after');
    await allHold(logging, 'after');
    expect(logging.printed()).toContain('meanwhile');
    expect(logging.printed().match(/log files cannot be written/g)).toHaveLength(1);
    await logging.close();
    expect(existsSync(logging.dir)).toBe(true);
  });
});
