import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadChannels } from '../../config/channels/index.js';
import type { Database } from '../../database/connect.js';
import type { OutgoingMessage, Receipt } from '../../src/channels/channel.js';
import {
  createSmsSender,
  newMessageId,
  type SmsSender,
  type SmsSettings,
} from '../../src/channels/sms/index.js';
import { type Log, silentLog } from '../../src/log.js';
import { sandboxChannels } from '../../src/sandbox/channels.js';
import type { SmsProvider } from '../../src/sandbox/providers/sms-provider.js';
import type { TestClock } from '../support/clock.js';
import { newFolder } from '../support/databases.js';

export const PERSON = '+201001234567';
export const RECEIPT_KEY = 'r3ceipt-key';

/** Settings as a file gives them: those of the sandbox, with changes. */
export function smsSettings(provider: SmsProvider, change: object = {}): SmsSettings {
  const root = newFolder();
  const file = { sms: { ...sandboxChannels(provider).sms, ...change } };
  writeFileSync(join(root, 'channels.json'), JSON.stringify(file));
  const layers = [{ SMS_KEY: provider.key }];
  const { sms } = loadChannels('channels.json', { root, layers, production: false });
  if (sms === null) throw new Error('no sms');
  const { signature, ...rest } = sms;
  return { ...rest, signingSecrets: signature?.secrets ?? [] };
}

export function openSms(deps: {
  database: Database;
  clock: TestClock;
  settings: SmsSettings;
  log?: Log;
  appName?: string;
}): SmsSender & { receipts: Receipt[] } {
  const { database, clock, settings, log = silentLog, appName = null } = deps;
  const sender = createSmsSender({
    store: database.store,
    clock,
    log,
    settings,
    appName,
    publicUrl: () => 'https://otp.example.com',
    receiptKeys: [RECEIPT_KEY],
  });
  const receipts: Receipt[] = [];
  sender.onReceipt((receipt) => void receipts.push(receipt));
  return { ...sender, receipts };
}

export function smsMessage(clock: TestClock, change: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    messageId: newMessageId(),
    recipient: PERSON,
    text: 'Your verification code is 482915.',
    code: '482915',
    expiresAt: clock.now() + 300_000,
    beforeWrite: async () => true,
    ...change,
  };
}
