const UNITS: [name: string, seconds: number, upTo: number][] = [
  ['second', 1, 90],
  ['minute', 60, 90],
  ['hour', 3_600, 36],
  ['day', 86_400, Number.POSITIVE_INFINITY],
];

/** `1 second`, `5 minutes`, `3 hours`, `2 days`: whoever waits so long has waited at least so many seconds. */
export function inWords(seconds: number): string {
  for (const [name, length, upTo] of UNITS) {
    const count = Math.max(1, Math.ceil(seconds / length));
    if (count <= upTo) return count === 1 ? `1 ${name}` : `${count} ${name}s`;
  }
  return 'some time';
}
