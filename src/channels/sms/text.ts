import { segmentsOf } from './gsm.js';

/** The last line that browsers read (WICG, origin-bound one-time codes), where a template brings its own. */
const BOUND_LINE = /\n+(@\S+ #\S+)\s*$/;

/**
 * The text of one segment, as far as that is possible: one that is longer gives way to the code and the name of the app,
 * then to the code alone. The lines for apps and browsers come last, and go last. A text without a code stays as it is.
 */
export function fittingText(
  message: { text: string; code: string },
  settings: { appName: string | null; bindDomain: string | null; appHash: string | null },
): string {
  const { text, code } = message;
  if (code === '') return text;
  const { appName, bindDomain, appHash } = settings;
  const [, given] = BOUND_LINE.exec(text) ?? [];
  const bound = given ?? (bindDomain === null ? undefined : `@${bindDomain} #${code}`);
  const words = given === undefined ? text.trimEnd() : text.replace(BOUND_LINE, '');
  const named = appName === null ? [] : [`${appName}: ${code}`];
  const lines = [appHash, bound].filter((line) => line !== null && line !== undefined);
  const candidates = [
    ...[words, ...named, code].map((first) => [first, ...lines].join('\n')),
    ...named,
    code,
  ];
  return candidates.find((candidate) => segmentsOf(candidate) === 1) ?? code;
}
