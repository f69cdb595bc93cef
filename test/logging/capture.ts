import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createLogging, type LoggingOptions } from '../../src/logging/logging.js';
import { createTestClock } from '../support/clock.js';
import { newFolder } from '../support/databases.js';

/** A log whose console is kept in memory and whose files lie in a folder of their own. */
export function captureLogging(options: Partial<LoggingOptions> = {}) {
  const dir = join(newFolder(), 'logs');
  const clock = createTestClock();
  let printed = '';
  const out = new Writable({
    write(chunk, _encoding, done) {
      printed += chunk;
      done();
    },
  });
  const logging = createLogging({ level: 'info', dir, console: 'json', secrets: [], clock, out, ...options });
  const read = (name: string) => readFileSync(join(options.dir ?? dir, name), 'utf8');
  return {
    ...logging,
    dir,
    clock,
    read,
    printed: () => printed,
    /** The lines of a file, parsed: each must be one JSON object. */
    lines: (name: string): Record<string, unknown>[] => read(name).split('\n').slice(0, -1).map(parseLine),
  };
}

const parseLine = (line: string) => JSON.parse(line) as Record<string, unknown>;
