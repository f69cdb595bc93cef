// `npm run sbom`: writes sbom.cdx.json, what the product needs at run time in CycloneDX. It is made from npm's own list of
// everything: `npm sbom --omit=dev` also leaves out what a development package needs as well, libsignal and pg among them.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { idOf, shippedPackages } from './shipped.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The bill of materials, as an object. */
export function sbom() {
  const bom = JSON.parse(npm(['sbom', '--sbom-format=cyclonedx', '--package-lock-only']));
  const shipped = new Set(shippedPackages().flatMap(({ builds, ...entry }) => [idOf(entry), ...builds]));
  const components = bom.components.filter(({ purl, name }) => shipped.has(idIn(purl)) || shipped.has(name));
  const kept = new Set([bom.metadata.component, ...components].map((component) => component['bom-ref']));
  const dependencies = bom.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
  // npm calls the product by the name of its folder.
  const { name } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
  const metadata = { ...bom.metadata, component: { ...bom.metadata.component, name } };
  return { ...bom, metadata, components, dependencies };
}

function idIn(purl) {
  return decodeURIComponent(purl.slice('pkg:npm/'.length));
}

function npm(words) {
  const { npm_execpath: program } = process.env;
  const [command, first] = program ? [process.execPath, [program]] : ['npm', []];
  return execFileSync(command, [...first, ...words], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../sbom.cdx.json', import.meta.url), `${JSON.stringify(sbom(), null, 2)}\n`);
}
