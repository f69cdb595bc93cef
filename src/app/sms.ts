import type { Config } from '../../config/config.js';
import type { Store } from '../../database/schema.js';
import type { Alarms } from '../alarms/alarms.js';
import { createSmsSender, type SmsSender, type SmsSettings } from '../channels/sms/index.js';
import type { Clock } from '../clock.js';
import type { Allowance, Channel } from '../delivery/channels.js';
import { createSmsChannel } from '../delivery/outlets/sms-channel.js';
import { unavailable } from '../delivery/unavailable.js';
import { AppError } from '../errors.js';
import type { Limits } from '../limits/index.js';
import type { Log } from '../log.js';
import type { Sealing } from '../sealing.js';
import type { Opened } from './opened.js';

/** Long enough that nobody guesses it. */
const KEY_LENGTH = 40;
/** Of the messages of a day: then an operator is told. */
const WARNED_PART = 0.8;
const DAY_MS = 24 * 60 * 60_000;

/** The provider of SMS, and its lane; null: none is configured. */
export function smsOf(deps: {
  config: Config;
  database: { store: Store };
  clock: Clock;
  sealing: Sealing;
  log: Log;
  opened: Opened;
  alarms: Alarms;
  limits: Pick<Limits, 'count' | 'used'>;
  publicUrl(): string | null;
}): { sender: SmsSender; channel: Channel } | null {
  const { config, clock, log, alarms } = deps;
  const { sms } = config.channels;
  if (sms === null) return null;
  const { signature, ...rest } = sms;
  const settings: SmsSettings = { ...rest, signingSecrets: signature?.secrets ?? [] };
  const sender = createSmsSender({
    store: deps.database.store,
    clock,
    log,
    settings,
    appName: config.otp.appName,
    publicUrl: deps.publicUrl,
    receiptKeys: deps.sealing
      .hash('provider-receipts')
      .all('sms')
      .map((key) => key.slice(0, KEY_LENGTH)),
  });
  deps.opened.add(sender.close);
  sender.onTrouble(() => {
    const trouble = sender.trouble();
    if (!trouble?.needsPerson) return;
    const text = `${trouble.sentence} No codes go out by SMS until that is put right: look at CHANNELS_FILE, and at the account with the provider.`;
    void alarms.raise({ kind: 'sms', text });
  });
  const allowance = createAllowance({ ...deps, perDay: config.limits['sms-messages'].count });
  const { countries } = sms;
  return { sender, channel: createSmsChannel({ sms: sender, clock, log, countries, allowance }) };
}

/** The messages of a day. An operator hears of it before they are used up. */
function createAllowance(deps: {
  limits: Pick<Limits, 'count' | 'used'>;
  alarms: Alarms;
  perDay: number;
}): Allowance {
  const { limits, alarms, perDay } = deps;

  async function warn(): Promise<void> {
    const [{ used } = { used: 0 }] = await limits.used('sms-messages', 'all');
    if (perDay === 0 || used < perDay * WARNED_PART) return;
    const text = `${used} of the ${perDay} SMS that a day may have (dailyCap) are used. Is somebody having SMS sent to strangers? At the limit nobody gets any.`;
    await alarms.raise({ kind: 'SMS of the day', text, everyMs: DAY_MS });
  }

  return {
    async count() {
      const counted = await limits.count([{ rule: 'sms-messages', of: 'all' }]).catch((error: unknown) => {
        throw error instanceof AppError
          ? unavailable('sms_cap_used', error.options.retryAfterSeconds ?? 1)
          : error;
      });
      // It is counted, whatever comes of the look.
      void warn().catch(() => {});
      return counted;
    },
  };
}
