import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

export interface Source {
  path: string;
  lines: number;
  /** Without comments. */
  code: string;
}

export interface Import {
  from: string;
  /** A file of ours, or a package. */
  target: string;
  typeOnly: boolean;
}

/** What the product is made of, tests and pages apart. */
export const sources: Source[] = ['src', 'config', 'database'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|sql)$/.test(name))
    .map((name) => {
      const text = readFileSync(join(ROOT, folder, name), 'utf8');
      const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
      return { path: join(folder, name), lines: text.split('\n').length - 1, code };
    }),
);

/** `import type … from`, `export … from`, `import '…'`, `import(…)`. */
export const imports: Import[] = sources.flatMap(({ path, code }) => {
  const found = code.matchAll(
    /(?:^(?:import|export) (?<type>type )?[^;'"]*?from|^import|\bimport\()\s*['"](?<name>[^'"]+)['"]/gm,
  );
  return [...found].map(({ groups }) => {
    const name = groups?.name ?? '';
    const file = name.startsWith('.') ? normalize(join(dirname(path), name)).replace(/\.js$/, '.ts') : name;
    return { from: path, target: file, typeOnly: groups?.type !== undefined };
  });
});

/** Those of our own files. */
export const inside = imports.filter(({ target }) => /^(src|config|database)\//.test(target));
