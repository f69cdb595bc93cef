import { describe, expect, it, onTestFinished } from 'vitest';
import { createAlarms } from '../../src/alarms/alarms.js';
import { captureLogging } from '../logging/capture.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';

describe.each(DATABASES)('alarms, on %s', (kind) => {
  async function scene() {
    const { store, close } = await openTestDatabase(kind);
    onTestFinished(close);
    const sent: string[] = [];
    const clock = createTestClock();
    const logging = captureLogging();
    const telegram = { send: (text: string) => void sent.push(text) };
    const start = () => createAlarms({ store, clock, log: logging.log, telegram });
    return { sent, start, clock, logging, store };
  }

  it('come once in their period for each kind, whoever raises them', async () => {
    const { sent, start, clock } = await scene();
    const [one, other] = [start(), start()];
    const raise = () =>
      Promise.all(
        [one, other, one].map((alarms) => alarms.raise({ kind: 'mails', text: 'Many mails went out.' })),
      );
    await raise();
    await raise();
    await start().raise({ kind: 'mails', text: 'Many mails went out.' });
    expect(sent).toEqual(['⚠️ Many mails went out.\n2026-01-01 00:00 UTC.']);
    await one.raise({ kind: 'codes', text: 'Many codes were wrong.' });
    expect(sent).toHaveLength(2);
    await clock.advance(10 * 60_000);
    await raise();
    expect(sent).toHaveLength(3);
  });

  it('have a period of their own where they name one', async () => {
    const { sent, start, clock } = await scene();
    const raise = () => start().raise({ kind: 'cold', text: 'Thirty.', everyMs: 60 * 60_000 });
    await raise();
    await clock.advance(59 * 60_000);
    await raise();
    expect(sent).toHaveLength(1);
    await clock.advance(60_000);
    await raise();
    expect(sent).toHaveLength(2);
  });

  it('show no contact in full, and stand in the log as well', async () => {
    const { sent, start, logging } = await scene();
    await start().raise({ kind: 'people', text: 'olga@example.com\nasked for +4915112345678.' });
    expect(sent[0]).toBe('⚠️ ol***@e***.com asked for +49*********78.\n2026-01-01 00:00 UTC.');
    expect(logging.printed()).toContain('asked for +49');
    expect(logging.printed()).not.toMatch(/olga@|15112345678/);
  });

  it('never reject: what cannot be recorded is logged, and not sent', async () => {
    const { sent, start, logging, store } = await scene();
    await store.schema.dropTable('limit_counts').execute();
    await start().raise({ kind: 'mails', text: 'Many mails went out.' });
    expect(sent).toEqual([]);
    expect(logging.printed()).toContain('could not be recorded');
  });
});
