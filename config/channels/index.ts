import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';
import { ConfigError } from '../config-error.js';
import { type Environment, errorCode } from '../env.js';
import type { Channels } from './channels.js';
import { withSecrets } from './references.js';
import { sms } from './sms.js';
import { smsFaults } from './sms-faults.js';

const DEFAULT_FILE = './config/channels.json';

const waitSeconds = (seconds: number) => z.number().int().min(5).max(600).default(seconds);
const file = z.strictObject({
  whatsapp: z.strictObject({ waitSeconds: waitSeconds(25) }).prefault({}),
  email: z.strictObject({ waitSeconds: waitSeconds(60) }).prefault({}),
  sms: sms.nullable().default(null),
});
const TEMPLATES = /^sms\.(url|headers|query|body)(\.|$)/;

/**
 * Reads the file of the channels; an absent one is as if it were empty, unless it was named.
 * @param given CHANNELS_FILE. @param root what it is relative to. @param layers where the secrets come from.
 */
export function loadChannels(
  given: string | undefined,
  settings: { root: string; layers: Environment[]; production: boolean },
): Channels {
  const { root, layers, production } = settings;
  const name = given ?? DEFAULT_FILE;
  const text = read(resolve(root, name), name, given !== undefined);
  const referred = withSecrets(parsed(text, name), layers, root, (path) => TEMPLATES.test(path));
  if (referred.faults.length > 0) refuse(name, referred.faults);
  const checked = file.safeParse(referred.value);
  if (!checked.success) return refuse(name, checked.error.issues.map(faultOf));
  const { data } = checked;
  const faults = data.sms === null ? [] : smsFaults(data.sms, production);
  if (faults.length > 0)
    refuse(
      name,
      faults.map(({ path, says }) => ({ path: `sms.${path}`, says })),
    );
  return {
    waitSeconds: {
      whatsapp: data.whatsapp.waitSeconds,
      sms: data.sms?.waitSeconds ?? sms.shape.waitSeconds.parse(undefined),
      email: data.email.waitSeconds,
    },
    sms: data.sms && { ...data.sms, secrets: referred.secrets },
  };
}

function read(path: string, name: string, isNamed: boolean): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!isNamed && errorCode(error) === 'ENOENT') return '{}';
    throw new ConfigError(`Configuration: CHANNELS_FILE: ${name} cannot be read (${errorCode(error)}).`);
  }
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // The parser quotes what it stumbles over.
    throw new ConfigError(`Configuration: ${name} is not valid JSON.`);
  }
}

function faultOf(issue: z.core.$ZodIssue): { path: string; says: string } {
  const path = issue.path.join('.');
  // The last of the ways in which a value may be written is the one with the most to say.
  const [within] = issue.code === 'invalid_union' ? (issue.errors.at(-1) ?? []) : [];
  if (within) return faultOf({ ...within, path: [...issue.path, ...within.path] });
  const [ofKey] = issue.code === 'invalid_key' ? issue.issues : [];
  if (ofKey) return faultOf({ ...ofKey, path: issue.path });
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => JSON.stringify(key.slice(0, 40))).join(', ');
    return { path, says: `has the unknown key ${keys}` };
  }
  const isOurs = /^(must|is|names|has) /.test(issue.message);
  return { path, says: isOurs ? issue.message : `must be as the README says (${issue.code})` };
}

/** One line, in which each fault stands once. */
function refuse(name: string, faults: { path: string; says: string }[]): never {
  const lines = faults.map(({ path, says }) => `${path || 'the file'} ${says}`);
  throw new ConfigError(`Configuration: ${name}: ${[...new Set(lines)].join('; ')}.`);
}
