import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'dotenv';
import { ConfigError, type Fault, refuse } from './config-error.js';
import { ALIASES, isFreeText, SECRETS } from './secrets.js';

/** Variables by name, as the process or a file gives them; an empty one counts as absent. */
export type Environment = Record<string, string | undefined>;

/** The variables of a .env file; an absent file has none. */
export function readEnvFile(file: string): Environment {
  try {
    return parse(readFileSync(file));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return {};
    throw new ConfigError(`Configuration: config/.env cannot be read (${errorCode(error)}).`);
  }
}

/**
 * The values of `names`, trimmed, each given under its own name or its alias. An earlier layer wins over a later one,
 * whether it gives a secret as NAME or as NAME_FILE; both in one layer are refused, because one of them is probably a
 * forgotten old one.
 *
 * @param root the folder that a relative NAME_FILE is relative to.
 */
export function pickValues(layers: Environment[], names: string[], root: string): Record<string, string> {
  const faults: Fault[] = [];
  const values: Record<string, string> = {};
  for (const name of names) {
    for (const layer of layers) {
      const value = pickNamed(layer, name, root, faults);
      if (value === undefined) continue;
      values[name] = value;
      break;
    }
  }
  if (faults.length > 0) refuse(faults);
  return values;
}

export function isGiven(layer: Environment, name: string): boolean {
  return [name, ALIASES[name] ?? name].some(
    (each) => trimmed(layer[each]) !== undefined || trimmed(layer[`${each}_FILE`]) !== undefined,
  );
}

/** One secret whose name is not known before: from the first layer that has it, or NAME_FILE. */
export function pickSecret(layers: Environment[], name: string, root: string): string | undefined {
  for (const layer of layers) {
    const value = trimmed(layer[name]);
    if (value !== undefined) return value;
    const file = trimmed(layer[`${name}_FILE`]);
    if (file !== undefined) return secretIn(resolve(root, file));
  }
  return undefined;
}

function secretIn(file: string): string | undefined {
  try {
    return trimmed(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function pickNamed(layer: Environment, name: string, root: string, faults: Fault[]): string | undefined {
  const value = pickValue(layer, name, root, faults);
  const alias = ALIASES[name];
  const other = alias && pickValue(layer, alias, root, faults);
  if (alias && value && other && value !== other) {
    faults.push({ variable: alias, says: `must be the same as ${name}, or only one of the two be set` });
  }
  return value ?? other;
}

function pickValue(layer: Environment, name: string, root: string, faults: Fault[]): string | undefined {
  const value = unquoted(trimmed(layer[name]), name, faults);
  const file = SECRETS.includes(name) ? trimmed(layer[`${name}_FILE`]) : undefined;
  if (file === undefined) return value;
  const variable = `${name}_FILE`;
  if (value !== undefined) {
    faults.push({ variable, says: `must not be set together with ${name}` });
    return value;
  }
  try {
    const secret = trimmed(readFileSync(resolve(root, file), 'utf8'));
    if (secret === undefined) faults.push({ variable, says: 'must name a file that is not empty' });
    return secret ?? '';
  } catch (error) {
    faults.push({ variable, says: `must name a file that can be read (${errorCode(error)})` });
    return '';
  }
}

/**
 * `docker run --env-file`, compose lists and some supervisors pass on the quotes that a shell or a .env file would
 * strip. Whether they belong to a secret cannot be known, so a quoted secret is refused.
 */
function unquoted(value: string | undefined, name: string, faults: Fault[]): string | undefined {
  const inner = /^(["'])(.*)\1$/s.exec(value ?? '')?.[2];
  if (inner === undefined) return value;
  if (!isFreeText(name)) return trimmed(inner.replace(/\\(["\\])/g, '$1'));
  faults.push({ variable: name, says: 'must not begin and end with a quote: write it without' });
  return value;
}

function trimmed(value: string | undefined): string | undefined {
  return value?.trim() || undefined;
}

export function errorCode(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code ?? 'unknown error');
}
