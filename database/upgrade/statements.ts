/** Strings, quoted names, text between `$$`, comments, words, and any other single character. */
const TOKENS = new RegExp(
  [
    String.raw`(?<comment>--[^\n]*|/\*[\s\S]*?\*/)`,
    String.raw`[Ee]'(?:\\[\s\S]|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*"`,
    String.raw`\$(?<tag>[A-Za-z_]\w*)?\$[\s\S]*?\$\k<tag>\$`,
    String.raw`(?<word>[A-Za-z_][\w$]*)`,
    String.raw`[\s\S]`,
  ].join('|'),
  'g',
);

/**
 * The statements in a text, without comments: better-sqlite3 prepares one at a time. A semicolon ends one, except within
 * a string, a name, a function ($$ … $$) or the body of a trigger (BEGIN … END), where a CASE has an END of its own.
 */
export function statementsIn(text: string): string[] {
  const statements: string[] = [];
  let statement = '';
  let isDefinition = false;
  let depth = 0;

  function end(): void {
    if (statement.trim() !== '') statements.push(statement.trim());
    statement = '';
    depth = 0;
  }

  for (const { 0: token, groups = {} } of text.matchAll(TOKENS)) {
    if (token === ';' && depth === 0) {
      end();
      continue;
    }
    // `NEW.end` is the name of a column.
    const word = statement.endsWith('.') ? undefined : groups.word?.toUpperCase();
    if (statement.trim() === '') isDefinition = word === 'CREATE';
    if (isDefinition && (word === 'BEGIN' || word === 'CASE')) depth++;
    if (isDefinition && word === 'END') depth = Math.max(0, depth - 1);
    statement += groups.comment === undefined ? token : ' ';
  }
  end();
  return statements;
}
