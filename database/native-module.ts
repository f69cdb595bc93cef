import { createRequire } from 'node:module';

const FOLDER = /node_modules[\\/]((?:@[^\\/\s]+[\\/])?[^\\/\s]+)/g;
const OTHER_NODE = /compiled against a different Node\.js version/;
const NOT_BUILT =
  /Could not locate the bindings file|Cannot find native binding|Failed to load native binding/;

/**
 * What to do about a library whose compiled part does not load, in one sentence; null for any other error. Node, the
 * package `bindings` and NAPI-RS each report it in their own way.
 */
export function nativeModuleProblem(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { message, code, stack } = error as NodeJS.ErrnoException;
  const name = [...`${message}\n${stack}`.matchAll(FOLDER)]
    .map(([, found]) => found)
    .find((found) => found !== 'bindings');
  if (name === undefined) return null;
  if (OTHER_NODE.test(message)) {
    const [built, wanted] = [...message.matchAll(/NODE_MODULE_VERSION (\d+)/g)].map(([, version]) => version);
    return `${name} was built for another Node (NODE_MODULE_VERSION ${built}, this is ${wanted}): run npm ci.`;
  }
  if (NOT_BUILT.test(message)) return `${name} was not built for this machine: run npm ci.`;
  if (code !== 'ERR_DLOPEN_FAILED') return null;
  const reason = /: ([^:\n]+)$/.exec(message.split('\n')[0] ?? '')?.[1] ?? code;
  return `${name} cannot be loaded on this machine (${reason}): run npm ci.`;
}

/** For a library that is loaded later: if it was never built, throws now what loading it would throw. */
export function requireBuilt(name: string, file: string): void {
  const require = createRequire(import.meta.url);
  try {
    require.resolve(`${name}/build/Release/${file}`);
  } catch (cause) {
    throw new Error(`Could not locate the bindings file of node_modules/${name}`, { cause });
  }
}
