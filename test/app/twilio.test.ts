import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/index.js';
import { openDatabase } from '../../database/connect.js';
import { type App, openApp } from '../../src/app.js';
import { systemClock } from '../../src/clock.js';
import { silentLog } from '../../src/log.js';
import { sandboxChannels } from '../../src/sandbox/channels.js';
import { createMailServer, type MailServer } from '../../src/sandbox/mail/index.js';
import { createSmsProvider, type SmsProvider } from '../../src/sandbox/providers/sms-provider.js';
import { createSimulatedWhatsApp, type SimulatedWhatsApp } from '../../src/sandbox/whatsapp/index.js';
import { attemptSid, sidsOf, verificationId } from '../../src/twilio/sids.js';
import { DATABASES, newFolder, newMigratedDatabase } from '../support/databases.js';
import { GATEWAY, newEnvironment } from '../support/product.js';
import { until } from '../support/until.js';

const { account: ACCOUNT, service: SERVICE } = sidsOf('env');
const CODE = /(?<!\d)\d{6}(?!\d)/;
const BLOCKED = '+20100123';
/** Has written STOP. */
const STOPPED = '+201001000004';

/** Twilio's unmodified client and the whole product, with a paired number, SMS to Egypt and a mail server. */
describe.each(DATABASES)('Twilio’s client and handsets, on %s', (kind) => {
  let provider: SmsProvider;
  let whatsapp: SimulatedWhatsApp;
  let mail: MailServer;
  let app: App;
  let client: ReturnType<typeof twilio>;
  let restedMs = 0;

  beforeAll(async () => {
    [provider, whatsapp, mail] = await Promise.all([
      createSmsProvider(),
      createSimulatedWhatsApp(),
      createMailServer(),
    ]);
    const file = join(newFolder(), 'channels.json');
    const { sms } = sandboxChannels(provider);
    writeFileSync(file, JSON.stringify({ sms: { ...sms, countries: ['EG'] } }));
    const settings = await newMigratedDatabase(kind);
    const environment = newEnvironment(whatsapp, {
      NODE_ENV: 'test',
      CHANNELS_FILE: file,
      SMTP_URL: mail.url,
      EMAIL_FROM: 'no-reply@example.com',
      ...(settings.kind === 'postgres' ? { DATABASE_URL: settings.url } : { DB_FILENAME: settings.filename }),
    });
    const { store, close } = await openDatabase(settings);
    const since = Date.now();
    const block = { country: 'EG', since, until: since + 12 * 3_600_000, started: 20, approved: 0 };
    await store
      .insertInto('blocked_prefixes')
      .values({ prefix: BLOCKED, ...block })
      .execute();
    await store.insertInto('opt_outs').values({ address: STOPPED, opted_out_at: since }).execute();
    await close();

    const config = loadConfig({ environment, envFile: null });
    const clock = { ...systemClock, now: () => systemClock.now() + restedMs };
    let qr: string | null = null;
    const onQr = (shown: string) => {
      qr = shown;
    };
    app = await openApp({ config, clock, log: silentLog, onLockLost: () => {}, onQr });
    client = twilio(ACCOUNT, config.apiKey);
    client.verify.baseUrl = `http://127.0.0.1:${await app.listen()}`;
    await whatsapp.phone(GATEWAY).scan(await until('a QR', () => qr));
    await until('READY', () => app.sender.status().state === 'READY');
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([provider.close(), whatsapp.close(), mail.close()]);
  });

  const service = () => client.verify.v2.services(SERVICE);
  const start = (to: string, channel: string) => service().verifications.create({ to, channel });
  const check = (to: string, code: string) => service().verificationChecks.create({ to, code });
  const codeIn = (text: string) => CODE.exec(text)?.[0] ?? '';
  const chat = (phone: string) => whatsapp.messages(phone).map(({ text }) => text);
  const codeInChat = async (phone: string) =>
    codeIn(await until('a message in the chat', () => chat(phone).at(-1)));
  const codeInSms = async (phone: string) =>
    codeIn((await until('an SMS', () => provider.messages(phone).at(-1))).text);

  it('starts, the code is on the handset, and it is approved once', async () => {
    const to = '+201001000001';
    expect(await start(to, 'whatsapp')).toMatchObject({ channel: 'whatsapp', status: 'pending' });
    const code = await codeInChat(to);
    expect(await check(to, code)).toMatchObject({ status: 'approved', valid: true });
    await expect(check(to, code)).rejects.toMatchObject({
      status: 404,
      code: 20404,
      message: `The requested resource /Services/${SERVICE}/VerificationCheck was not found`,
    });
  });

  it('goes by SMS, and by WhatsApp while it is pending: one sid, one code, another attempt', async () => {
    const to = '+201001000002';
    const first = await start(to, 'sms');
    expect(first).toMatchObject({ channel: 'sms', sendCodeAttempts: [{ channel: 'sms' }] });
    const code = await codeInSms(to);
    restedMs += 31_000;
    const second = await start(to, 'whatsapp');
    expect(second).toMatchObject({ sid: first.sid, channel: 'whatsapp' });
    const id = verificationId(first.sid) ?? '';
    expect(second.sendCodeAttempts).toMatchObject([
      { channel: 'sms', attempt_sid: attemptSid(id, 1) },
      { channel: 'whatsapp', attempt_sid: attemptSid(id, 2) },
    ]);
    expect(await codeInChat(to)).toBe(code);
    expect(provider.messages(to)).toHaveLength(1);
    expect(await check(to, code)).toMatchObject({ sid: first.sid, status: 'approved', valid: true });
  });

  it('calls by SMS, and mails', async () => {
    const phone = '+201001000003';
    expect(await start(phone, 'call')).toMatchObject({ channel: 'sms' });
    expect(await check(phone, await codeInSms(phone))).toMatchObject({ status: 'approved' });
    expect(chat(phone)).toEqual([]);

    const address = 'asha.rao@example.org';
    expect(await start(address, 'email')).toMatchObject({ to: address, channel: 'email' });
    const code = codeIn((await until('the mail', () => mail.mails(address)[0])).text);
    expect(await check(address, code)).toMatchObject({ to: address, status: 'approved', valid: true });
  });

  it.each([
    ['to a blocked prefix', `${BLOCKED}4567`, 'whatsapp', 60410, 'Verification delivery attempt blocked'],
    ['by SMS to another country', '+4915112345678', 'sms', 60605, 'Verification delivery attempt blocked'],
    ['after STOP', STOPPED, 'whatsapp', 60238, 'Verification Creation Attempt blocked'],
  ])('is refused %s', async (_, to, channel, code, message) => {
    await expect(start(to, channel)).rejects.toMatchObject({ status: 403, code, message });
    expect([...chat(to), ...provider.messages(to)]).toEqual([]);
  });
});
