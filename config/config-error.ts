/** The start cannot go on. The message is one line: the variable and what it must be, never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface Fault {
  variable: string;
  /** Continues the variable's name: "must be …". */
  says: string;
}

/** All faults on one line; variables with the same fault share a sentence. */
export function refuse(faults: Fault[]): never {
  const sentences = new Map<string, string[]>();
  for (const { variable, says } of faults) {
    sentences.set(says, [...(sentences.get(says) ?? []), variable]);
  }
  const line = [...sentences].map(([says, variables]) => `${variables.join(', ')} ${says}`).join('; ');
  throw new ConfigError(`Configuration: ${line}.`);
}
