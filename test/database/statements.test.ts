import { expect, it } from 'vitest';
import { statementsIn } from '../../database/upgrade/statements.js';

const TRIGGER = `CREATE TRIGGER ended AFTER UPDATE ON jobs WHEN CASE NEW.status WHEN 'sent' THEN 1 ELSE 0 END BEGIN
  UPDATE counters SET value = CASE WHEN NEW.ok THEN CASE NEW.n WHEN 1 THEN 2 END ELSE 0 END;
  DELETE FROM open WHERE id = CASE WHEN NEW.id > 0 THEN NEW.id END;
END`;
const FUNCTION = `CREATE FUNCTION note(job jobs) RETURNS VOID LANGUAGE sql AS $$
  INSERT INTO log VALUES (job.id); SELECT 'it''s; END';
$$`;
const TAGGED = 'DO $body$ BEGIN EXECUTE $$SELECT 1; SELECT 2$$; END $body$';
const ATOMIC = 'CREATE FUNCTION two() RETURNS INT BEGIN ATOMIC SELECT 1; SELECT 2; END';

it.each([
  ['nothing', ' \n;; -- only a remark;\n', []],
  ['two statements, the last without its semicolon', 'SELECT 1;\nSELECT 2', ['SELECT 1', 'SELECT 2']],
  ['a semicolon in a string', `INSERT INTO a VALUES ('x; y', ';')`, [`INSERT INTO a VALUES ('x; y', ';')`]],
  ['a quote in a string', `SELECT 'it''s; fine'; SELECT 2`, [`SELECT 'it''s; fine'`, 'SELECT 2']],
  [
    'an escaped quote',
    String.raw`SELECT E'it\'s; fine'; SELECT 2`,
    [String.raw`SELECT E'it\'s; fine'`, 'SELECT 2'],
  ],
  [
    'a backslash at the end of a string',
    String.raw`SELECT 'C:\'; SELECT 2`,
    [String.raw`SELECT 'C:\'`, 'SELECT 2'],
  ],
  ['a quoted name', 'SELECT "a;""b" FROM c; SELECT 2', ['SELECT "a;""b" FROM c', 'SELECT 2']],
  ['remarks', `SELECT 1 -- it's; one\n, 2 /* and; "two */; SELECT 3`, [`SELECT 1  \n, 2`, 'SELECT 3']],
  ['a remark in a string', `SELECT '-- no; /* remark'; SELECT 2`, [`SELECT '-- no; /* remark'`, 'SELECT 2']],
  ['a trigger with CASE … END', `${TRIGGER};\nSELECT 2;`, [TRIGGER, 'SELECT 2']],
  ['a trigger in lower case', `${TRIGGER.toLowerCase()};SELECT 2`, [TRIGGER.toLowerCase(), 'SELECT 2']],
  ['two triggers', `${TRIGGER};${TRIGGER};`, [TRIGGER, TRIGGER]],
  ['a function', `${FUNCTION};\nSELECT 2;`, [FUNCTION, 'SELECT 2']],
  ['a function within a tagged text', `${TAGGED};SELECT 2`, [TAGGED, 'SELECT 2']],
  ['a function of plain statements', `${ATOMIC};SELECT 2`, [ATOMIC, 'SELECT 2']],
  [
    'words that only look like it',
    'SELECT begin_at, the_end FROM a; SELECT 2',
    ['SELECT begin_at, the_end FROM a', 'SELECT 2'],
  ],
  [
    'a column named end',
    'CREATE VIEW v AS SELECT a.begin, a.end FROM a; SELECT 2',
    ['CREATE VIEW v AS SELECT a.begin, a.end FROM a', 'SELECT 2'],
  ],
  [
    'a CASE outside of any body',
    'SELECT CASE 1 WHEN 1 THEN 2 END; SELECT 2',
    ['SELECT CASE 1 WHEN 1 THEN 2 END', 'SELECT 2'],
  ],
  ['a transaction', 'BEGIN; SELECT 1; END', ['BEGIN', 'SELECT 1', 'END']],
])('%s', (_, text, statements) => expect(statementsIn(text)).toEqual(statements));
