// Turns the TypeScript sources into dist/, file by file. `npm ci` runs it (prepare), also where only the production
// dependencies are installed: esbuild needs no type packages. Types are checked by `npm run typecheck`.
import { build } from 'esbuild';

await build({
  entryPoints: ['config/**/*.ts', 'database/**/*.ts', 'src/**/*.ts'],
  outdir: 'dist',
  outbase: '.',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
});
