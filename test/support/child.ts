import { spawn } from 'node:child_process';
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
