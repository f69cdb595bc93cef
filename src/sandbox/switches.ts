import type { MailServer } from './mail/index.js';
import type { SmsProvider } from './providers/sms-provider.js';
import type { Naming, Phone, SimulatedWhatsApp } from './whatsapp/index.js';
import type { Rule } from './whatsapp/rule.js';

/** An ack error that a second try cannot fix. */
const REFUSED = 477;
const HOUR_MS = 3_600_000;
const TOKEN_DELAY_MS = 10_000;

/** How the handsets write. */
export interface Manner {
  naming: Naming;
}

/** A fault that a person can turn on and off, or make happen once. */
export interface Switch {
  id: string;
  label: string;
  /** What can be observed. */
  effect: string;
  /** Absent for what happens once. */
  isOn?: () => boolean;
  set(on: boolean): void;
}

export function createSwitches(
  whatsapp: SimulatedWhatsApp,
  owner: Phone,
  mail: MailServer,
  sms: Pick<SmsProvider, 'script' | 'clear'>,
  manner: Manner,
): Switch[] {
  const { faults, tokens } = whatsapp;
  const { rules } = faults;
  const states = new Set<string>();

  const lasting = (id: string, label: string, effect: string, set: (on: boolean) => void): Switch => ({
    id,
    label,
    effect,
    isOn: () => states.has(id),
    set(on) {
      set(on);
      if (on) states.add(id);
      else states.delete(id);
    },
  });
  /** On until it has affected one message. */
  const next = <T>(id: string, label: string, effect: string, rule: Rule<T>, setting: T): Switch => ({
    id,
    label,
    effect,
    isOn: () => rule.describe() !== null,
    set: (on) => (on ? rule.set(setting, 1) : rule.clear()),
  });
  const once = (id: string, label: string, effect: string, run: () => void): Switch => ({
    id,
    label,
    effect,
    set: run,
  });

  return [
    lasting(
      'restricted',
      'Restrict the sender (463)',
      'Only people who have written to it get messages.',
      (on) => (on ? owner.restrict({ until: Date.now() + HOUR_MS }) : owner.liftRestriction()),
    ),
    lasting(
      'capped',
      'Cap the new chats (475)',
      'The same, for as many chats were begun as WhatsApp allows.',
      (on) => owner.capNewChats(on ? { total: 10, used: 10, cycleEnd: Date.now() + HOUR_MS } : null, true),
    ),
    lasting(
      'late-tokens',
      'Tokens come late',
      'Whoever writes gives the sender their token ten seconds later.',
      (on) => {
        tokens.delayMs = on ? TOKEN_DELAY_MS : 0;
      },
    ),
    lasting(
      'lid-only',
      'Hide the numbers of writers',
      'What people write names their LID alone; the gateway has to ask WhatsApp for the number.',
      (on) => {
        manner.naming = on ? 'lid_only' : 'lid';
      },
    ),
    lasting('silent', 'Withhold acks', 'Messages arrive, but WhatsApp never confirms them.', (on) =>
      on ? rules.withholdAcks.set({ deliver: true }) : rules.withholdAcks.clear(),
    ),
    lasting(
      'down',
      'WhatsApp is down',
      'The connection breaks and every new one is refused (HTTP 503).',
      (on) => {
        if (!on) return rules.refuseUpgrades.clear();
        rules.refuseUpgrades.set(503);
        faults.dropConnections();
      },
    ),
    lasting('slow', 'Slow network', 'Every answer takes two seconds.', (on) => {
      faults.latencyMs = on ? 2_000 : 0;
    }),
    lasting(
      'banned',
      'Ban the sender (403)',
      'The session is refused until the ban is lifted and reloaded.',
      (on) => {
        if (!on) return rules.refuseLogins.clear();
        rules.refuseLogins.set({ reason: '403' });
        faults.streamError(403);
      },
    ),
    lasting(
      'mail-refused',
      'The mail server refuses (550)',
      'Mails fail at once; messages over WhatsApp go on.',
      (on) => (on ? mail.faults.set('recipient', 550) : mail.faults.clear()),
    ),
    lasting(
      'sms-refused',
      'The SMS provider has no credit for us (402)',
      'No SMS goes out until it has.',
      (on) => (on ? sms.script('', { answer: { status: 402, body: {} } }) : sms.clear()),
    ),
    next(
      'refuse',
      'Refuse the next message',
      'Its job fails; it can be retried while the code is valid.',
      rules.refuseMessages,
      { code: REFUSED, onlyCold: false },
    ),
    next(
      'lose',
      'Lose the next ack',
      'The connection breaks between a message and its ack.',
      rules.loseAcks,
      { deliver: true },
    ),
    once('drop', 'Drop the connection', 'The gateway reconnects by itself.', () => faults.dropConnections()),
    once('conflict', 'Open the session elsewhere (440)', 'The gateway stops and waits for a person.', () =>
      faults.streamError(440),
    ),
    once('unlink', 'Log out on the phone (401)', 'The session is gone; a new QR appears.', () =>
      owner.unlinkDevices(),
    ),
  ];
}
