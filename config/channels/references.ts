import { type Environment, pickSecret } from '../env.js';

/** `${NAME}` from the environment, or from the file that NAME_FILE names. */
const REFERENCE = /\$\{([A-Za-z_][A-Za-z\d_]*)\}/g;
/** The same in the form of a template's place. */
const PLACE = /\{secret\.([A-Za-z_][A-Za-z\d_]*)\}/g;
/** Whoever reads these can do all that this server can. */
const OUR_OWN = ['API_KEY', 'ADMIN_PASSWORD', 'SESSION_SECRET', 'JWT_SECRET', 'TOKEN_KEY', 'ENCRYPTION_KEY'];

export interface Referred {
  /** The parsed file, in which what is a template names secrets as places, and all else has their values. */
  value: unknown;
  /** Every secret that was named, by name. */
  secrets: Record<string, string>;
  faults: { path: string; says: string }[];
}

/** Puts the secrets into the parsed file. @param isTemplate whether what lies at a path is filled in later. */
export function withSecrets(
  file: unknown,
  layers: Environment[],
  root: string,
  isTemplate: (path: string) => boolean,
): Referred {
  const secrets: Record<string, string> = {};
  const faults: Referred['faults'] = [];

  function secretOf(name: string, path: string): string {
    const found = OUR_OWN.includes(name) ? undefined : pickSecret(layers, name, root);
    if (found === undefined) {
      const says = OUR_OWN.includes(name)
        ? `must not name ${name}, which is this server's own`
        : `names ${name}, which is not set (as ${name}, or as ${name}_FILE)`;
      faults.push({ path, says });
    }
    secrets[name] = found ?? '';
    return secrets[name];
  }

  function inText(text: string, path: string): string {
    if (!isTemplate(path)) return text.replace(REFERENCE, (_, name: string) => secretOf(name, path));
    const named = text.replace(REFERENCE, (_, name: string) => `{secret.${name}}`);
    for (const [, name = ''] of named.matchAll(PLACE)) secretOf(name, path);
    return named;
  }

  function walk(value: unknown, path: string): unknown {
    if (typeof value === 'string') return inText(value, path);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((each, index) => walk(each, `${path}.${index}`));
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, walk(each, path === '' ? name : `${path}.${name}`)]),
    );
  }

  return { value: walk(file, ''), secrets, faults };
}
