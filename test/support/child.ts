import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** From the start of the process. */
  afterMs: number;
}

/** A process that a test has started. */
export interface Child {
  pid: number;
  /** What it has printed so far, both streams. */
  output(): string;
  isRunning(): boolean;
  exited: Promise<Exit>;
  kill(signal: NodeJS.Signals): Promise<Exit>;
}

type Where = { cwd: string; env: Record<string, string> };

/** As `start`; ends with the test at the latest. */
export function run(command: string, args: string[], where: Where): Child {
  const child = start(command, args, where);
  onTestFinished(async () => void (await child.kill('SIGKILL')));
  return child;
}

/** Nothing of the run's own environment reaches the process but what it takes to find programs. */
export function start(command: string, args: string[], { cwd, env }: Where): Child {
  const { PATH = '', HOME = '' } = process.env;
  const startedAt = performance.now();
  const spawned = spawn(command, args, {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let ended = false;
  for (const stream of [spawned.stdout, spawned.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exited = new Promise<Exit>((resolve, reject) => {
    spawned.on('error', reject);
    // Not 'exit': the last lines may still be in the pipe then.
    spawned.on('close', (code, signal) => {
      ended = true;
      resolve({ code, signal, afterMs: performance.now() - startedAt });
    });
  });
  const child: Child = {
    pid: spawned.pid ?? 0,
    output: () => output,
    isRunning: () => !ended && !spawned.killed,
    exited,
    kill(signal) {
      spawned.kill(signal);
      return exited;
    },
  };
  return child;
}

/** Polls until `look` finds something, and says what was waited for when it does not. */
export async function until<T>(
  what: string,
  look: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  ms = 60_000,
): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`Waited ${ms} ms in vain: ${what}`);
    await sleep(25);
  }
}
