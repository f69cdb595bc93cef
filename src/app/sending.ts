import type { Config } from '../../config/config.js';
import type { Database } from '../../database/connect.js';
import { type Alarms, createAlarms } from '../alarms/alarms.js';
import { createSenderAlerts } from '../alerts/alerts.js';
import { createTelegram, type Telegram } from '../alerts/telegram.js';
import { createNaming } from '../auth/accounts/naming.js';
import { createMailSender, type MailSender } from '../channels/email/index.js';
import type { SmsSender } from '../channels/sms/index.js';
import { createWhatsAppSender, type WhatsAppSender } from '../channels/whatsapp/index.js';
import { personOfJid } from '../channels/whatsapp/jid.js';
import { newMessageId } from '../channels/whatsapp/socket/message-id.js';
import type { Clock } from '../clock.js';
import { createDelivery, type Delivery } from '../delivery/index.js';
import { createEmailChannel } from '../delivery/outlets/email-channel.js';
import { createTextLookup } from '../delivery/queue/reporter.js';
import { createWhatsAppChannel } from '../delivery/whatsapp-channel.js';
import type { Limits } from '../limits/index.js';
import type { Log } from '../log.js';
import { type BlockedPrefixes, createBlockedPrefixes } from '../otp/conversion/blocked-prefixes.js';
import { guardLanes } from '../otp/conversion/guard-lanes.js';
import type { Sealing } from '../sealing.js';
import type { Opened } from './opened.js';
import { smsOf } from './sms.js';

/** The parts that send messages. */
export interface Sending {
  sender: WhatsAppSender;
  /** Null: no mail server is configured. */
  mail: MailSender | null;
  /** Null: no provider of SMS is configured. */
  sms: SmsSender | null;
  delivery: Delivery;
  blocked: BlockedPrefixes;
  /** Null: alerts only go to the log. */
  telegram: Telegram | null;
  alarms: Alarms;
  /** Resumes what the last run left behind. Opens no connection. */
  start(): Promise<void>;
}

export function createSending(deps: {
  config: Config;
  database: Database;
  clock: Clock;
  sealing: Sealing;
  log: Log;
  opened: Opened;
  limits: Pick<Limits, 'count' | 'used'>;
  /** How this server is reached; null while that is not known. */
  publicUrl(): string | null;
  onQr?(qr: string): void;
}): Sending {
  const { config, database, clock, sealing, log, opened } = deps;
  const { store } = database;
  const { account } = config.whatsapp;
  const bodySealer = sealing.sealer('job-body');

  const sender = createWhatsAppSender({
    store,
    clock,
    log,
    account,
    sealer: sealing.sealer('whatsapp-session'),
    settings: config.whatsapp,
    findText: createTextLookup({ store, clock, bodySealer }),
    ...(deps.onQr && { onQr: deps.onQr }),
  });
  const telegram = config.telegram && createTelegram({ ...config.telegram, clock, log });
  if (telegram) opened.add(telegram.close);
  const alarms = createAlarms({ store, clock, log, telegram });
  const alerts = createSenderAlerts({ store, clock, log, account, telegram });
  sender.onTrouble((trouble) => void alerts.trouble(trouble));

  const mail =
    config.email && createMailSender({ clock, settings: { ...config.email, appName: config.otp.appName } });
  if (mail) opened.add(mail.close);
  const sms = smsOf({ ...deps, alarms });
  const settings = { account, ttlMs: config.otp.ttlMs, ...config.delivery };
  const blocked = createBlockedPrefixes({ store, clock });
  const made = createDelivery({
    database,
    channels: [
      createWhatsAppChannel({ store, sender, clock, account, settings, newMessageId }),
      ...(sms ? [sms.channel] : []),
      createEmailChannel({ mail, clock, log }),
    ],
    clock,
    log,
    bodySealer,
    codeHash: sealing.hash('code'),
    settings,
  });
  const delivery = { ...made, lanes: guardLanes(made.lanes, { blocked, clock }) };
  const { persons } = delivery;
  const naming = createNaming({ database, clock, log, account, persons, personOf: personOfJid });
  sender.onNamed(naming.note);

  return {
    sender,
    mail,
    sms: sms?.sender ?? null,
    delivery,
    blocked,
    telegram,
    alarms,
    async start() {
      await sender.load();
      // Stopped after the sender, which learns what numbers are called until then.
      opened.add(naming.stop);
      opened.add(sender.stop);
      await naming.catchUp();
      opened.add(delivery.stop);
      await delivery.start();
    },
  };
}
