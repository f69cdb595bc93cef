import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { newFolder } from './databases.js';

const PROJECT = join(import.meta.dirname, '../..');
/** What a run needs of the project, besides the packages. */
const PARTS = ['package.json', 'dist', 'views', 'public', 'config/.env.example', 'database/migrations'];

/** A copy of the product that a first start may write into. */
export interface Checkout {
  folder: string;
  main: string;
  envFile: string;
  /** What the first start wrote. */
  written(): Record<string, string>;
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
