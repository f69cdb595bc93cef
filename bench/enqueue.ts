import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import autocannon from 'autocannon';
import { projectRoot } from '../database/root.js';
import { API_KEY } from './enqueue-server.js';
import { atLeast, type Finding, median } from './support.js';

const CONNECTIONS = 64;
const ROUND_SECONDS = 3;
const ROUNDS = 5;
type Variant = 'bare' | 'grouped' | 'single';

/** Requests a second on the whole durable path, beside bare `node:http` and beside one commit a request, interleaved. */
export async function benchEnqueue(): Promise<Finding[]> {
  const servers = await Promise.all((['bare', 'grouped', 'single'] as const).map(start));
  try {
    const kept = await rounds(servers, false);
    const closing = await rounds(servers, true);
    const { grouped, bare } = kept.medians;
    return [
      atLeast(
        `enqueue, keep-alive (${grouped}/s): whole path / bare node:http (${bare}/s)`,
        kept.toBare,
        0.3,
      ),
      atLeast('enqueue, keep-alive: group commit / one commit a request', kept.toSingle, 2.5),
      atLeast('enqueue, Connection: close: group commit / one commit a request', closing.toSingle, 1.8),
    ];
  } finally {
    for (const { child } of servers) child.kill('SIGTERM');
  }
}

async function rounds(servers: Server[], close: boolean) {
  const rates: Record<Variant, number[]> = { bare: [], grouped: [], single: [] };
  for (const server of servers) await load(server, close, 1);
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of servers) rates[server.variant].push(await load(server, close, ROUND_SECONDS));
  }
  const ratio = (a: number[], b: number[]) =>
    median(a.map((value, round) => value / (b[round] ?? Number.NaN)));
  const rounded = (variant: Variant) => Math.round(median(rates[variant]));
  return {
    toBare: ratio(rates.grouped, rates.bare),
    toSingle: ratio(rates.grouped, rates.single),
    medians: { bare: rounded('bare'), grouped: rounded('grouped') },
  };
}

interface Server {
  variant: Variant;
  child: ChildProcess;
  url: string;
}

async function start(variant: Variant): Promise<Server> {
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=4', '--import', 'tsx', join(projectRoot, 'bench', 'enqueue-server.ts'), variant],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: projectRoot,
    },
  );
  const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { variant, child, url: `http://127.0.0.1:${port}/api/v1/otp/send` };
}

let number = 10_000_000;

/** Every request is for another number: a newer code for the same one would take the place of the older. */
async function load({ url, variant }: Server, close: boolean, duration: number): Promise<number> {
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration,
    requests: [
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-api-key': API_KEY,
          ...(close && { connection: 'close' }),
        },
        setupRequest: (request) => ({ ...request, body: `{"phoneNumber":"+2010${number++}"}` }),
      },
    ],
  });
  if (result.non2xx > 0) throw new Error(`${variant}: ${result.non2xx} requests were refused`);
  return result['2xx'] / result.duration;
}
