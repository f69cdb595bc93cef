// `npm run notices`: writes THIRD-PARTY-NOTICES, the licences of what the product is made of.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { idOf, shippedPackages } from './shipped.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILE = join(ROOT, 'THIRD-PARTY-NOTICES');
const TEXTS = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

const INTRODUCTION = `THIRD-PARTY NOTICES

What the product needs at run time, with the licences under which it is passed on. Packages whose words are the same stand
together. This file is written by "npm run notices".

libsignal is under the GNU General Public License, version 3: see "Licence" in README.md before passing the whole on.
`;

/** The text of THIRD-PARTY-NOTICES; needs the packages to be installed. */
export function notices() {
  const groups = new Map();
  for (const shipped of shippedPackages()) {
    const { licence, text } = licenceOf(shipped);
    const title = [`${idOf(shipped)} (${licence})`, ...shipped.builds.map((build) => `  ${build}`)];
    groups.set(text, [...(groups.get(text) ?? []), ...title]);
  }
  const chapters = [...groups].map(([text, titles]) => `${titles.join('\n')}\n\n${text}\n`);
  return [INTRODUCTION, ...chapters].join(`\n${'-'.repeat(80)}\n\n`);
}

function licenceOf({ path, licence }) {
  const folder = join(ROOT, path);
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const words = licence ?? about.licenses?.map(({ type }) => type).join(' and ') ?? 'see below';
  const texts = readdirSync(folder)
    .filter((name) => TEXTS.test(name))
    .sort()
    .map((name) => plain(readFileSync(join(folder, name), 'utf8')));
  const author = about.author?.name ?? about.author ?? `the authors of ${about.name}`;
  const said = `The package holds no text of its licence, ${words}. Copyright: ${author}.`;
  return { licence: words, text: texts.length > 0 ? [...new Set(texts)].join('\n\n') : said };
}

/** Whatever system the package was packed on. */
function plain(text) {
  return text
    .replace(/^\ufeff/, '')
    .replace(/[ \t\r]+$/gm, '')
    .trim();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, notices());
