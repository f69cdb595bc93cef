import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/sources.js';

interface Shipped {
  name: string;
  version: string;
}
interface Bom {
  metadata: { component: { name: string } };
  components: { name: string; version: string; purl: string; hashes?: object[]; licenses?: object[] }[];
}
const supply = (file: string) => import(new URL(`../../supply/${file}`, import.meta.url).href);
const { shippedPackages } = (await supply('shipped.js')) as { shippedPackages(): Shipped[] };
const { notices } = (await supply('notices.js')) as { notices(): string };
const { sbom } = (await supply('sbom.js')) as { sbom(): Bom };

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
const lockfile = read('package-lock.json');

/** The packages that a built program imports, from any of its chunks. */
async function importedBy(...programs: string[]): Promise<Set<string>> {
  const { metafile } = await build({
    entryPoints: programs.map((program) => join(ROOT, program)),
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outdir: 'nowhere',
    write: false,
    metafile: true,
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  const packages = imports.filter(({ external, path }) => external && !path.startsWith('node:'));
  return new Set(
    packages.map(({ path }) =>
      path
        .split('/')
        .slice(0, path.startsWith('@') ? 2 : 1)
        .join('/'),
    ),
  );
}

describe('the packages of production', () => {
  /** Their code is in dist/ (see build.js), or is found by name at run time: views, and libraries for the browser. */
  const FOUND_OTHERWISE = ['kysely', 'zod', 'libphonenumber-js', 'ejs', 'uplot', 'idiomorph'];

  it('are all that the built programs import, and no more', async () => {
    const imported = await importedBy('dist/src/main.js', 'dist/src/cli/main.js');
    expect([...imported, ...FOUND_OTHERWISE].sort()).toEqual(Object.keys(dependencies).sort());
  });

  it('are fewer than the sandbox needs', async () => {
    const imported = await importedBy('dist/src/sandbox/main.js');
    const more = [...imported].filter((name) => !(name in dependencies)).sort();
    expect(more).toEqual(['libsignal', 'smtp-server', 'ws']);
  });

  it('hold no library for pictures', () => {
    expect(lockfile).not.toMatch(/@img\/|libvips/);
  });

  it('have a hash each, and come from wherever npm is told to fetch them', () => {
    const { packages } = JSON.parse(lockfile) as {
      packages: Record<string, { integrity?: string; resolved?: string; link?: boolean }>;
    };
    const { '': _project, ...installed } = packages;
    const elsewhere = Object.entries(installed).filter(
      ([, { integrity, resolved }]) => integrity?.startsWith('sha512-') !== true || resolved !== undefined,
    );
    expect(elsewhere).toEqual([]);
  });
});

describe('THIRD-PARTY-NOTICES', () => {
  it('is what npm run notices writes', () => {
    expect(read('THIRD-PARTY-NOTICES') === notices()).toBe(true);
  });

  it('names every package that is shipped, by the lockfile', () => {
    const missing = shippedPackages().filter(
      ({ name, version }) => !read('THIRD-PARTY-NOTICES').includes(`\n${name}@${version} (`),
    );
    expect(missing).toEqual([]);
    const names = shippedPackages().map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['libsignal', 'kysely', '@zxcvbn-ts/language-common']));
    expect(names).not.toEqual(expect.arrayContaining(['smtp-server']));
  });
});

it('the bill of materials lists what is shipped, each with hash and licence', () => {
  const { metadata, components } = sbom();
  expect(metadata.component.name).toBe('whatsapp-otp');
  const listed = new Map(components.map((each) => [decodeURIComponent(each.purl), each]));
  const missing = shippedPackages().filter(({ name, version }) => !listed.has(`pkg:npm/${name}@${version}`));
  expect(missing).toEqual([]);
  expect(components.filter(({ hashes }) => hashes?.length !== 1)).toEqual([]);
  expect(components.map(({ name }) => name)).not.toEqual(expect.arrayContaining(['vitest']));
  expect(listed.get('pkg:npm/libsignal@6.0.0')?.licenses).toEqual([{ license: { id: 'GPL-3.0' } }]);
});
