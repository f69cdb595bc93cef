/** Short enough that neither a mail program nor an encoding breaks a line: the code stays in one piece. */
const LINE = 64;

/** Lines broken at spaces. */
export function wrapped(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(new RegExp(`(?=.{${LINE + 1}})(.{1,${LINE}}) +`, 'g'), '$1\n'))
    .join('\n');
}
