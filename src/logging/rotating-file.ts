import { access, type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../clock.js';

/**
 * A log file that starts afresh when it is full: `x.log` becomes `x.1.log`, `x.1.log` becomes `x.2.log`, … Used instead of
 * winston's File transport, which never reopens its file after the file was removed or the disk was full.
 */
export interface RotatingFile {
  /** Never throws and never waits; what cannot be written is dropped. */
  write(line: string): void;
  /** Resolves when everything is written. */
  close(): Promise<void>;
}

export interface RotatingFileOptions {
  path: string;
  maxBytes: number;
  /** Including the current one. */
  maxFiles: number;
  clock: Clock;
  /** Called with the system's error code (EACCES, ENOSPC, …) when the file cannot be written. */
  onTrouble: (code: string) => void;
}

const RETRY_MS = 30_000;
const GONE = new Set(['ENOENT', 'ENOTDIR']);
/** The number of lines that wait in memory while the disk is slow. */
const MAX_WAITING = 10_000;

export function createRotatingFile(options: RotatingFileOptions): RotatingFile {
  const { path, maxBytes, maxFiles, clock, onTrouble } = options;
  let waiting: string[] = [];
  let file: FileHandle | null = null;
  let size = 0;
  let retryAt = 0;
  let closed = false;
  let writing: Promise<void> | null = null;

  /** Lines that arrive while a batch is being written form the next one. */
  async function writeWaiting() {
    try {
      file ??= await openFile();
      while (waiting.length > 0) {
        if (!(await isInPlace(file))) {
          await letGo();
          file = await openFile();
        }
        if (size > 0 && size + lengthOf(waiting[0]) > maxBytes) await rotate();
        await file.appendFile(takeBatch());
      }
    } catch (error) {
      waiting = [];
      retryAt = clock.elapsed() + RETRY_MS;
      await letGo();
      onTrouble(String((error as NodeJS.ErrnoException).code ?? 'unknown error'));
    } finally {
      writing = null;
    }
  }

  /** Whether the path still leads to the open file: lines in a file that was removed or moved would be lost. */
  async function isInPlace(opened: FileHandle): Promise<boolean> {
    try {
      const [there, ours] = [await stat(path), await opened.stat()];
      return there.ino === ours.ino && there.dev === ours.dev;
    } catch (error) {
      return !GONE.has(String((error as NodeJS.ErrnoException).code));
    }
  }

  async function letGo() {
    await file?.close().catch(() => {});
    file = null;
  }

  async function openFile() {
    await makeFolder(dirname(path));
    const opened = await open(path, 'a', 0o600);
    size = (await opened.stat()).size;
    return opened;
  }

  async function rotate() {
    await file?.close();
    file = null;
    for (let number = maxFiles - 1; number > 0; number--) {
      await rename(numbered(number - 1), numbered(number)).catch(ignoreAbsent);
    }
    file = await openFile();
  }

  const numbered = (number: number) => (number === 0 ? path : path.replace(/(\.\w+)?$/, `.${number}$1`));

  function takeBatch(): string {
    let count = 0;
    do size += lengthOf(waiting[count++]);
    while (count < waiting.length && size + lengthOf(waiting[count]) <= maxBytes);
    return waiting.splice(0, count).join('');
  }

  writing = writeWaiting();
  return {
    write(line) {
      if (closed || waiting.length >= MAX_WAITING || (!file && clock.elapsed() < retryAt)) return;
      waiting.push(line);
      writing ??= writeWaiting();
    },
    async close() {
      closed = true;
      await writing;
      await letGo();
    },
  };
}

const lengthOf = (line = ''): number => Buffer.byteLength(line);

function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** Level by level: where the system answers ENOENT below an existing folder (/proc), recursive mkdir never ends. */
async function makeFolder(folder: string): Promise<void> {
  const exists = await access(folder).then(
    () => true,
    () => false,
  );
  if (exists || dirname(folder) === folder) return;
  await makeFolder(dirname(folder));
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
