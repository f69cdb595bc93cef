import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSenderAlerts } from '../../src/alerts/alerts.js';
import { silentLog } from '../../src/log.js';
import { troubleOf } from '../channels/story.js';
import { captureLogging } from '../logging/capture.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';

describe.each(DATABASES)('alerts about the sender, on %s', (kind) => {
  /** A database of its own; each start is a process's alerts over it. */
  async function scene() {
    const { store, close } = await openTestDatabase(kind);
    onTestFinished(close);
    const sent: string[] = [];
    const clock = createTestClock();
    let works = true;
    const telegram = {
      send(text: string, onDelivered?: () => void) {
        sent.push(text);
        if (works) onDelivered?.();
      },
      failing: () => null,
      close: async () => {},
    };
    const setWorks = (value: boolean) => {
      works = value;
    };
    const start = (account = 'default') =>
      createSenderAlerts({ store, clock, log: silentLog, account, telegram });
    return { store, sent, start, clock, setWorks };
  }

  it.each([
    'logged_out',
    'banned',
    'conflict',
    'retries_exhausted',
    'restricted',
    'session_corrupt',
  ] as const)(
    '%s: one alert, however often it is reported, and one when the sender is back',
    async (name) => {
      const { sent, start } = await scene();
      const alerts = start();
      for (let times = 0; times < 3; times++) await alerts.trouble(troubleOf(name));
      expect(sent).toHaveLength(1);
      for (let times = 0; times < 3; times++) await alerts.trouble(null);
      expect(sent).toHaveLength(2);
      expect(sent[1]).toContain('is back');
    },
  );

  it('a sender that was never in trouble is not announced as back', async () => {
    const { sent, start } = await scene();
    await start().trouble(null);
    expect(sent).toEqual([]);
  });

  it('a restart does not repeat the alert, and still knows that there was one', async () => {
    const { sent, start } = await scene();
    await start().trouble(troubleOf('banned'));
    const restarted = start();
    await restarted.trouble(troubleOf('banned'));
    expect(sent).toHaveLength(1);
    await restarted.trouble(null);
    expect(sent).toHaveLength(2);
    await start().trouble(null);
    expect(sent).toHaveLength(2);
  });

  it('says since when, and in the end how long it lasted, also after a restart', async () => {
    const { sent, start, clock } = await scene();
    const since = clock.now() - 5 * 60_000;
    await start().trouble(troubleOf('retries_exhausted', { since }));
    expect(sent[0]).toContain('Since 2025-12-31 23:55 UTC, for 5 min.');
    await clock.advance(20 * 60_000);
    await start().trouble(troubleOf('logged_out', { since: clock.now() }));
    expect(sent[1]).toContain('Since 2026-01-01 00:20 UTC.');
    await clock.advance(2 * 60 * 60_000);
    await start().trouble(null);
    expect(sent[2]).toContain('is back: messages go out again. The trouble lasted 2 h 25 min.');
    await start().trouble(troubleOf('banned', { since: clock.now() }));
    await start().trouble(null);
    expect(sent[4]).not.toContain('lasted');
  });

  it('an alert that had not arrived when the process ended goes out again with the next one', async () => {
    const { store, sent, start, setWorks, clock } = await scene();
    setWorks(false);
    const first = start();
    await first.trouble(troubleOf('banned'));
    await first.trouble(troubleOf('banned'));
    expect(sent).toHaveLength(1);
    setWorks(true);
    await clock.advance(1_000);
    await start().trouble(troubleOf('banned'));
    expect(sent).toHaveLength(2);
    await vi.waitFor(
      async () => {
        const row = await store.selectFrom('service_status').selectAll().executeTakeFirstOrThrow();
        expect(row.alert_delivered_at).not.toBeNull();
      },
      { timeout: 60_000 },
    );
    await clock.advance(1_000);
    await start().trouble(troubleOf('banned'));
    expect(sent).toHaveLength(2);
  });

  it('one that had arrived stays told when another trouble beside it is over, also after a restart', async () => {
    const { store, sent, start, clock } = await scene();
    const delivered = () =>
      vi.waitFor(async () => {
        const row = await store.selectFrom('service_status').selectAll().executeTakeFirstOrThrow();
        expect(row.alert_delivered_at).not.toBeNull();
      }, 60_000);
    const first = start();
    await first.trouble(troubleOf('restricted'));
    await delivered();
    await first.trouble(troubleOf('retries_exhausted'));
    await delivered();
    await first.trouble(troubleOf('restricted'));
    await clock.advance(1_000);
    await start().trouble(troubleOf('restricted'));
    expect(sent).toHaveLength(2);
  });

  it('another trouble while it is down is worth an alert of its own, once', async () => {
    const { sent, start } = await scene();
    const alerts = start();
    await alerts.trouble(troubleOf('retries_exhausted'));
    await alerts.trouble(troubleOf('logged_out'));
    await alerts.trouble(troubleOf('logged_out'));
    expect(sent).toHaveLength(2);
    await alerts.trouble(null);
    expect(sent).toHaveLength(3);
  });

  it('a restriction that outlasts a lost connection is alerted once, also across restarts', async () => {
    const { sent, start } = await scene();
    await start().trouble(troubleOf('restricted'));
    await start().trouble(troubleOf('retries_exhausted'));
    await start().trouble(troubleOf('retries_exhausted'));
    expect(sent).toHaveLength(2);
    await start().trouble(troubleOf('restricted'));
    expect(sent).toHaveLength(2);
    await start().trouble(troubleOf('retries_exhausted'));
    expect(sent).toHaveLength(3);
    await start().trouble(null);
    await start().trouble(null);
    expect(sent).toHaveLength(4);
    await start().trouble(troubleOf('restricted'));
    expect(sent).toHaveLength(5);
  });

  it('the same trouble after it was back is a new one', async () => {
    const { sent, start } = await scene();
    const alerts = start();
    for (const step of [troubleOf('conflict'), null, troubleOf('conflict'), null]) await alerts.trouble(step);
    expect(sent).toHaveLength(4);
  });

  it('reports that come at once are alerted once and in order', async () => {
    const { sent, start } = await scene();
    const [one, other] = [start(), start()];
    await Promise.all(
      [1, 2, 3, 4, 5].flatMap(() => [one, other].map((a) => a.trouble(troubleOf('restricted')))),
    );
    expect(sent).toHaveLength(1);
    await Promise.all([one.trouble(null), one.trouble(troubleOf('banned'))]);
    expect(sent.map((text) => /restricted|is back|banned/.exec(text)?.[0])).toEqual([
      'restricted',
      'is back',
      'banned',
    ]);
  });

  it('keeps what the row says already, and makes it where it is missing', async () => {
    const { store, start } = await scene();
    await store
      .insertInto('service_status')
      .values({ account: 'default', state: 'LOGGED_OUT', since: 5, phone: '+201001234567' })
      .execute();
    await start().trouble(troubleOf('logged_out'));
    await start('second').trouble(troubleOf('banned'));
    const rows = await store.selectFrom('service_status').selectAll().orderBy('account').execute();
    expect(rows).toMatchObject([
      { account: 'default', state: 'LOGGED_OUT', since: 5, alerted_for: 'logged_out' },
      { account: 'second', state: 'CONNECTING', alerted_for: 'banned' },
    ]);
  });

  it('shows no whole phone number, and one line of detail at most', async () => {
    const { sent, start } = await scene();
    const detail = 'replaced by 201001234567@s.whatsapp.net\nor +49 or +4915112345678';
    const causes = [{ type: 'session_unreadable', detail } as const];
    await start().trouble(troubleOf('session_corrupt', { causes }));
    expect(sent[0]).toContain('+20********67');
    expect(sent[0]).not.toMatch(/\d{7}/);
    expect(sent[0]?.split('\n')).toHaveLength(3);
  });
});

describe('alerts', () => {
  it('without Telegram stand in the log, once', async () => {
    const { store } = await openTestDatabase();
    const logging = captureLogging();
    const clock = createTestClock();
    const alerts = createSenderAlerts({ store, clock, log: logging.log, account: 'default', telegram: null });
    await alerts.trouble(troubleOf('banned'));
    await alerts.trouble(troubleOf('banned'));
    await logging.close();
    expect(logging.lines('error.log')).toMatchObject([{ message: 'sender in trouble', trouble: 'banned' }]);
  });

  it('are never in the way: a database that fails is logged and nothing more', async () => {
    const { store } = await openTestDatabase();
    const logging = captureLogging();
    const clock = createTestClock();
    const alerts = createSenderAlerts({ store, clock, log: logging.log, account: 'default', telegram: null });
    await store.destroy();
    await expect(alerts.trouble(troubleOf('banned'))).resolves.toBeUndefined();
    await logging.close();
    expect(logging.printed()).toContain('could not be recorded');
  });
});
