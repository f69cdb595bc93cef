// `npm start`, `npm run sandbox`, `npm run keys` and `hooks`, and a look before `npm run dev`: says in one sentence what is missing for a start,
// where Node itself would print a stack; then the program takes over this very process.
import { existsSync } from 'node:fs';
import { nodeProblem } from './node-version.js';

const PROGRAMS = {
  main: 'dist/src/main.js',
  sandbox: 'dist/src/sandbox/main.js',
  cli: 'dist/src/cli/main.js',
};
const here = (path) => new URL(path, import.meta.url);

const [what = 'main'] = process.argv.splice(2, 1);
const problem = nodeProblem() || (what === 'dev' ? developmentProblem('tsx') : buildProblem(what));
if (problem) stop(problem);
else if (what !== 'dev') import(here(PROGRAMS[what]).href).catch(explain);

function buildProblem(name) {
  if (!existsSync(here('node_modules'))) return 'The packages are not installed: run npm ci.';
  if (!existsSync(here(PROGRAMS[name]))) return 'dist/ is missing or incomplete: run npm run build.';
  return name === 'sandbox' ? developmentProblem('smtp-server') : null;
}

function developmentProblem(needed) {
  return existsSync(here(`node_modules/${needed}`))
    ? null
    : 'The development packages are not installed: run npm ci.';
}

/** What goes wrong later, the program tells itself. */
function explain(error) {
  const [, name] = /Cannot find package '([^']+)'/.exec(error.message) || [];
  if (name === undefined) throw error;
  stop(`The package ${name} is not installed: run npm ci.`);
}

function stop(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}
