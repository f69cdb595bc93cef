// What an installation without the development packages holds, by the lockfile: the same list on every machine.
import { readFileSync } from 'node:fs';

/** Of development, and yet in the product: parts of it stand in the source. */
const COPIED = ['node_modules/@zxcvbn-ts/language-common'];

/** @returns {{ path: string, name: string, version: string, licence: string | undefined, builds: string[] }[]} */
export function shippedPackages(lockfile = new URL('../package-lock.json', import.meta.url)) {
  const { packages } = JSON.parse(readFileSync(lockfile, 'utf8'));
  const shipped = Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && (!dev || COPIED.includes(path)))
    .map(([path, entry]) => ({ ...entry, path, name: entry.name ?? nameOf(path), licence: entry.license }));
  const builds = new Set(shipped.filter(isBuild).map(({ name }) => name));
  return shipped
    .filter((entry) => !isBuild(entry))
    .map(({ path, name, version, licence, optionalDependencies = {} }) => {
      return {
        path,
        name,
        version,
        licence,
        builds: Object.keys(optionalDependencies).filter((it) => builds.has(it)),
      };
    })
    .sort((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
}

export function idOf({ name, version }) {
  return `${name}@${version}`;
}

/** A compiled part for one kind of machine: one of several of which npm installs the fitting one. */
function isBuild({ os, cpu, optional }) {
  return optional === true && (os !== undefined || cpu !== undefined);
}

function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
