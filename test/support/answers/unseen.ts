import type { Surface } from '../../../src/openapi/operation.js';
import type { Seen } from './documented.js';

/** What the document says and nobody has seen: what an operation answers when all is well, and the codes of a surface. */
export function unseen(surfaces: readonly Surface[], seen: readonly Seen[]): string[] {
  const statuses = new Set(seen.map(({ operation, status }) => `${operation} ${status}`));
  const codes = new Set(seen.map(({ code }) => code));
  return surfaces.flatMap(({ name, operations }) => {
    const successes = operations.flatMap(({ id, answers }) =>
      Object.keys(answers)
        .map((status) => `${id} ${status}`)
        .filter((one) => !statuses.has(one)),
    );
    const documented = new Set(
      operations.flatMap(({ failures }) => failures.flatMap((failure) => failure.codes.map(String))),
    );
    const missing = [...documented].filter((code) => !codes.has(code));
    return [...successes, ...missing.map((code) => `${name}: ${code}`)];
  });
}
