// In the plainest JavaScript: it also has to run where it says no.
import { readFileSync } from 'node:fs';

/** A sentence when this Node is too old for the program, else null. */
export function nodeProblem(version = process.versions.node) {
  const { engines } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
  const [least] = /\d+/.exec(engines.node);
  if (Number(version.split('.')[0]) >= Number(least)) return null;
  return `Node ${least} or newer is needed, this is ${version}: install it, then run npm ci.`;
}
