import { mkdirSync, readdirSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { newFolder } from '../support/databases.js';
import { captureLogging } from './capture.js';

describe('the log files', () => {
  it('are there from the start, for the owner alone', async () => {
    const logging = captureLogging();
    await logging.close();
    const names = readdirSync(logging.dir).sort();
    expect(names).toEqual(['combined.log', 'error.log', 'exceptions.log', 'rejections.log']);
    for (const name of names) expect(statSync(join(logging.dir, name)).mode & 0o777).toBe(0o600);
    expect(statSync(logging.dir).mode & 0o777).toBe(0o700);
  });

  it('hold one JSON object a line: everything in combined.log, errors in error.log too', async () => {
    const logging = captureLogging();
    logging.log.info('listening', { port: 3000 });
    logging.log.warn('slow\nforged line');
    logging.log.error('it failed', { error: new Error('outer', { cause: new Error('inner') }) });
    await logging.close();

    expect(logging.lines('combined.log')).toMatchObject([
      { time: '2026-01-01T00:00:00.000Z', level: 'info', message: 'listening', port: 3000 },
      { level: 'warn', message: 'slow\nforged line' },
      { level: 'error', message: 'it failed', error: { message: 'outer', cause: { message: 'inner' } } },
    ]);
    expect(logging.lines('error.log')).toMatchObject([{ message: 'it failed' }]);
    expect(logging.printed()).toBe(logging.read('combined.log'));
  });

  it('take exceptions and rejections in files of their own, and neither ends the process', async () => {
    const exit = vi.spyOn(process, 'exit');
    const before = process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection');
    const logging = captureLogging();
    logging.logException(new Error('thrown'));
    logging.logRejection('just a string');
    await logging.close();

    expect(logging.lines('exceptions.log')).toMatchObject([
      {
        message: 'uncaught exception',
        error: { message: 'thrown', stack: expect.stringContaining('Error') },
      },
    ]);
    expect(logging.lines('rejections.log')).toMatchObject([
      { message: 'unhandled rejection', error: 'just a string' },
    ]);
    expect(logging.lines('error.log')).toHaveLength(2);
    expect(logging.lines('combined.log')).toHaveLength(2);
    expect(exit).not.toHaveBeenCalled();
    expect(process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection')).toBe(
      before,
    );
  });

  it('are complete after closing, however much came last', async () => {
    const logging = captureLogging();
    for (let number = 0; number < 5_000; number++) logging.log.info('line', { number });
    await logging.close();
    logging.log.info('too late');
    await logging.close();
    expect(logging.lines('combined.log').map((line) => line.number)).toEqual([...Array(5_000).keys()]);
  });

  it('go on where the last run stopped', async () => {
    const dir = join(newFolder(), 'logs');
    for (const message of ['first run', 'second run']) {
      const logging = captureLogging({ dir });
      logging.log.info(message);
      await logging.close();
    }
    const logging = captureLogging({ dir });
    await logging.close();
    expect(logging.lines('combined.log').map((line) => line.message)).toEqual(['first run', 'second run']);
  });

  it('start afresh when they are full, and only so many are kept', async () => {
    const logging = captureLogging({ maxFileBytes: 1_000, maxFiles: 3 });
    for (let number = 0; number < 100; number++) logging.log.info('line', { number });
    await logging.close();

    const names = readdirSync(logging.dir).filter((name) => name.startsWith('combined'));
    expect(names.sort()).toEqual(['combined.1.log', 'combined.2.log', 'combined.log']);
    const numbers = ['combined.2.log', 'combined.1.log', 'combined.log'].flatMap((name) => {
      expect(statSync(join(logging.dir, name)).size).toBeLessThanOrEqual(1_000);
      return logging.lines(name).map((line) => Number(line.number));
    });
    expect(numbers.at(-1)).toBe(99);
    expect(numbers).toEqual(numbers.map((_, index) => 100 - numbers.length + index));
  });
});

describe('a log folder that cannot be written', () => {
  it('is no reason to stop: the console goes on, with one warning, and the files come back', async () => {
    const parent = newFolder();
    const blocker = join(parent, 'logs');
    writeFileSync(blocker, 'a file where the folder should be');
    const logging = captureLogging({ dir: blocker });
    await vi.waitFor(() => expect(logging.printed()).toContain('log files cannot be written'), {
      timeout: 60_000,
    });
    logging.log.info('still here');

    unlinkSync(blocker);
    await logging.clock.advance(31_000);
    logging.log.info('and back');
    await logging.close();
    const printed = logging.printed();
    expect(printed.match(/log files cannot be written/g)).toHaveLength(1);
    expect(printed).toMatch(/"reason":"(ENOTDIR|EEXIST)"/);
    expect(printed).toContain('still here');
    expect(logging.lines('combined.log').map((line) => line.message)).toEqual(['and back']);
  });

  it('with a full disk behind one file does not hold up the others', async () => {
    const dir = newFolder();
    mkdirSync(dir, { recursive: true });
    symlinkSync('/dev/full', join(dir, 'combined.log'));
    const logging = captureLogging({ dir });
    for (let number = 0; number < 3_000; number++) logging.log.error('failure', { number });
    await logging.close();
    expect(logging.lines('error.log')).toHaveLength(3_000);
    expect(logging.printed().match(/"message":"failure"/g)).toHaveLength(3_000);
  });
});

describe('levels', () => {
  it('below the configured one cost nothing: the fields are not even made', async () => {
    const logging = captureLogging({ level: 'info' });
    const fields = vi.fn(() => ({ costly: true }));
    logging.log.debug('detail', fields);
    await logging.close();
    expect(fields).not.toHaveBeenCalled();
    expect(logging.read('combined.log')).toBe('');
  });

  it('from debug on include the details', async () => {
    for (const level of ['debug', 'silly'] as const) {
      const logging = captureLogging({ level });
      logging.log.debug('detail', () => ({ jobId: 7 }));
      await logging.close();
      expect(logging.lines('combined.log')).toMatchObject([{ level: 'debug', message: 'detail', jobId: 7 }]);
    }
  });

  it('at error leave the rest out', async () => {
    const logging = captureLogging({ level: 'error' });
    logging.log.warn('not this');
    logging.log.error('this');
    await logging.close();
    expect(logging.lines('combined.log')).toMatchObject([{ message: 'this' }]);
  });
});

describe('the console for people', () => {
  it('shows a line per entry, and the stack of an error below it', async () => {
    const logging = captureLogging({ console: 'pretty' });
    logging.log.info('listening', { url: 'http://127.0.0.1:3000', note: 'two words' });
    logging.log.error('it failed', { error: new Error('boom'), jobId: 3 });
    await logging.close();
    const [first, second, third] = logging.printed().split('\n');
    expect(first).toMatch(
      /^\d\d:\d\d:\d\d\.000 INFO {2}listening {2}url=http:\/\/127\.0\.0\.1:3000 note="two words"$/,
    );
    expect(second).toMatch(/ERROR it failed {2}error=boom jobId=3$/);
    expect(third).toBe('    Error: boom');
  });

  it('cannot be fooled by newlines in what is logged', async () => {
    const logging = captureLogging({ console: 'pretty' });
    logging.log.info('one\ntwo', { name: 'three\nfour' });
    await logging.close();
    expect(logging.printed().trimEnd().split('\n')).toHaveLength(1);
  });
});
