import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { newFolder } from './databases.js';

const PROJECT = join(import.meta.dirname, '../..');
/** What a run needs of the project, besides the packages. */
const PARTS = [
  'package.json',
  'start.js',
  'node-version.js',
  'dist',
  'views',
  'public',
  'config/.env.example',
  'database/migrations',
];

/** A copy of the product that a first start may write into. */
export interface Checkout {
  folder: string;
  main: string;
  envFile: string;
  /** What the first start wrote. */
  written(): Record<string, string>;
}

/** Gives a checkout packages of its own, links but for this one, of which `parts` are copied. */
export function ownPackage({ folder }: Checkout, name: string, parts: string[]): string {
  const [theirs, ours] = [join(PROJECT, 'node_modules'), join(folder, 'node_modules')];
  const [top = ''] = name.split('/');
  unlinkSync(ours);
  mkdirSync(join(ours, name), { recursive: true });
  for (const entry of readdirSync(theirs)) {
    if (entry !== top) symlinkSync(join(theirs, entry), join(ours, entry));
  }
  for (const part of parts) cpSync(join(theirs, name, part), join(ours, name, part), { recursive: true });
  return join(ours, name);
}

export function newCheckout(): Checkout {
  const folder = newFolder();
  mkdirSync(join(folder, 'config'));
  for (const part of PARTS) cpSync(join(PROJECT, part), join(folder, part), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  const envFile = join(folder, 'config', '.env');
  return {
    folder,
    main: join(folder, 'dist/src/main.js'),
    envFile,
    written: () => parse(readFileSync(envFile)),
  };
}
