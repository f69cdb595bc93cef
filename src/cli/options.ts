import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './usage.js';

const HELP = ['--help', '-h'];

/** @param args from the verb on. */
export function asksForHelp([verb = 'help', ...rest]: readonly string[]): boolean {
  return verb === 'help' || [verb, ...rest].some((arg) => HELP.includes(arg));
}

/** What follows a verb: options, each once, and words. Throws `UsageError`. */
export function readOptions(
  options: NonNullable<ParseArgsConfig['options']>,
  args: string[],
): { values: Record<string, unknown>; positionals: string[] } {
  try {
    const { values, positionals, tokens } = parseArgs({
      args,
      options,
      allowPositionals: true,
      tokens: true,
    });
    const names = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new UsageError(`"--${twice}" may be given once.`);
    return { values, positionals };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const [sentence = ''] = error instanceof Error ? error.message.split(/\.\s|\n/) : [];
    throw new UsageError(`${sentence}.`);
  }
}
