import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/index.js';
import { type App, openApp } from '../../src/app.js';
import type { LogFields } from '../../src/log.js';
import { sandboxChannels } from '../../src/sandbox/channels.js';
import { createSmsProvider, type SmsProvider } from '../../src/sandbox/providers/sms-provider.js';
import { createSimulatedWhatsApp, type SimulatedWhatsApp } from '../../src/sandbox/whatsapp/index.js';
import { DATABASES, newFolder, newMigratedDatabase } from '../support/databases.js';
import { newEnvironment } from '../support/product.js';
import { until } from '../support/until.js';

const PERSON = '+201001234567';

interface Shown {
  status: string;
  deliveredAt: string | null;
  error: { code: string } | null;
  attempts: { channel: string; status: string; error: { code: string } | null }[];
}

/** The whole product, with no number paired, and a provider of SMS. */
describe.each(DATABASES)('codes by sms, on %s', (kind) => {
  let provider: SmsProvider;
  let whatsapp: SimulatedWhatsApp;
  let app: App;
  let base = '';
  let apiKey = '';
  const lines: string[] = [];

  beforeAll(async () => {
    [provider, whatsapp] = await Promise.all([createSmsProvider(), createSimulatedWhatsApp()]);
    const file = join(newFolder(), 'channels.json');
    const { sms } = sandboxChannels(provider);
    writeFileSync(file, JSON.stringify({ sms: { ...sms, countries: ['EG'], dailyCap: 5 } }));
    const settings = await newMigratedDatabase(kind);
    const environment = newEnvironment(whatsapp, {
      NODE_ENV: 'test',
      PORT: '0',
      CHANNELS_FILE: file,
      CODE_ROUTE: 'sms',
      ...(settings.kind === 'postgres' ? { DATABASE_URL: settings.url } : { DB_FILENAME: settings.filename }),
    });
    const config = loadConfig({ environment, envFile: null });
    apiKey = config.apiKey;
    const write = (message: string, fields?: LogFields | (() => LogFields)) => {
      lines.push(`${message} ${JSON.stringify(typeof fields === 'function' ? fields() : fields)}`);
    };
    const log = { error: write, warn: write, info: write, debug: write };
    app = await openApp({ config, log, onLockLost: () => {} });
    base = `http://127.0.0.1:${await app.listen()}`;
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([provider.close(), whatsapp.close()]);
  });

  async function send(phoneNumber: string, more: object = {}) {
    const answer = await fetch(`${base}/api/v1/otp/send`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
      body: JSON.stringify({ phoneNumber, ...more }),
    });
    const body = (await answer.json()) as { otp: string; jobId: number; code?: string };
    return { status: answer.status, ...body };
  }
  const job = async (jobId: number) =>
    (await (
      await fetch(`${base}/api/v1/otp/${jobId}`, { headers: { 'x-api-key': apiKey } })
    ).json()) as Shown;

  it('reach the phone, and what the provider reports is seen at the job', async () => {
    const { status, otp, jobId } = await send(PERSON);
    expect(status).toBe(202);
    await until('delivery', async () => (await job(jobId)).deliveredAt);
    expect(provider.messages(PERSON).at(-1)?.text).toContain(otp);
    expect(new Set(await provider.reported())).toEqual(new Set([200]));
    expect(lines.join('\n')).not.toContain(otp);
  });

  it('end when the provider reports that they did not arrive', async () => {
    provider.script('68', { reports: [{ status: 'SENT' }, { status: 'UNDELIV', times: 2 }] });
    const { jobId } = await send('+201001234568');
    const failed = await until('the failure', async () => {
      const found = await job(jobId);
      return found.status === 'failed' && found;
    });
    expect(failed.error?.code).toBe('provider_failed');
  });

  it('are delivered even when the report comes before the answer, and nobody else may report', async () => {
    provider.script('69', {
      reportsFirst: true,
      reports: [
        { status: 'UNDELIV', signature: 'wrong' },
        { status: 'UNDELIV', signature: 'none' },
        { status: 'DELIVRD' },
      ],
    });
    const before = (await provider.reported()).length;
    const { jobId } = await send('+201001234569');
    await until('delivery', async () => (await job(jobId)).deliveredAt);
    expect(await job(jobId)).toMatchObject({ status: 'sent', error: null });
    expect((await provider.reported()).slice(before)).toEqual([401, 401, 200]);
    for (const path of ['/providers/sms/guessed', '/providers/fax/guessed']) {
      expect((await fetch(`${base}${path}`, { method: 'POST', body: '{}' })).status).toBe(404);
    }
  });

  it('take over at once where WhatsApp has no number', async () => {
    const { status, jobId } = await send('+201001234570', { route: ['whatsapp', 'sms'] });
    expect(status).toBe(202);
    await until('delivery', async () => (await job(jobId)).deliveredAt);
    expect((await job(jobId)).attempts).toMatchObject([
      { channel: 'whatsapp', error: { code: 'sender_not_paired' } },
      { channel: 'sms', status: 'sent', error: null },
    ]);
  });

  it('go to no other country, and end with the day', async () => {
    expect(await send('+4915112345678')).toMatchObject({ status: 503, code: 'sms_country_not_listed' });
    expect(await send('+201001234571')).toMatchObject({ status: 202 });
    expect(await send('+201001234572')).toMatchObject({ status: 503, code: 'sms_cap_used' });
    await until('the alarm', () => lines.some((line) => line.includes('4 of the 5 SMS')));
  });
});
