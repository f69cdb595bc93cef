// Turns the TypeScript sources into dist/. `npm ci` runs it (prepare) where the development packages are installed, too.
// Types are checked by `npm run typecheck`.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Hundreds of small files that every start would read one by one; the rest is imported from node_modules as it is. */
const BUNDLED = ['kysely', 'zod', 'libphonenumber-js'];
const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

const { metafile } = await build({
  entryPoints: ['src/main.ts', 'src/sandbox/main.ts', 'src/cli/main.ts'],
  outdir: 'dist',
  outbase: '.',
  bundle: true,
  splitting: true,
  // The sandbox runs on development packages.
  external: Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !BUNDLED.includes(name)),
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
});

// Chunks of earlier builds are of no use to anybody.
const made = new Set(Object.keys(metafile.outputs));
for (const name of readdirSync('dist', { recursive: true })) {
  const path = join('dist', name);
  if (/\.js(\.map)?$/.test(name) && !made.has(path)) rmSync(path);
}
