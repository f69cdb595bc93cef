/** A number from 1 in plain digits, or null. Beyond the safe integers it is inexact, up to Infinity. */
export function wholeNumber(text: unknown): number | null {
  return typeof text === 'string' && /^[1-9]\d*$/.test(text) ? Number(text) : null;
}
