import { setTimeout as sleep } from 'node:timers/promises';
import { GATEWAY } from '../product.js';
import type { World } from './world.js';

const TAP_MS = 5_000;
const TYPE_MS = 5_000;
/** How often the page asks again: what its stream of events would tell. */
const LOOK_MS = 5_000;

export interface Outcome {
  phone: string;
  startedAt: number;
  expiresAt: number;
  /** The answer to the start; null: none was made. */
  refused: string | null;
  /** When the code that was typed was right. */
  approvedAt: number | null;
  /** By what the code came that was typed. */
  by: 'whatsapp' | 'sms' | null;
  tapped: boolean;
}

/**
 * Somebody who wants to be let in: types the first code that a phone shows, five seconds after it came, and taps the
 * link five seconds after it is offered where no code has come by then, or anyway (`taps`).
 */
export async function verify(world: World, phone: string, taps: boolean): Promise<Outcome> {
  const { clock } = world;
  const startedAt = clock.now();
  const { status, body } = await world.ask('POST', '', { to: phone });
  const outcome: Outcome = {
    ...{ phone, startedAt, refused: null, approvedAt: null, by: null, tapped: false },
    expiresAt: Date.parse(String(body.expiresAt)),
  };
  if (status !== 201) return { ...outcome, refused: String(body.code) };
  let hasCode = false;
  let isOffered = false;

  function offer(userFirst: unknown): void {
    if (isOffered || userFirst === null) return;
    isOffered = true;
    const { text } = userFirst as { text: string };
    clock.after(TAP_MS, () => {
      if (hasCode && !taps) return;
      outcome.tapped = true;
      void world.whatsapp.handset(phone).write(text, { to: GATEWAY });
    });
  }

  async function look(): Promise<void> {
    if (isOffered || hasCode || clock.now() > outcome.expiresAt) return;
    offer((await world.ask('GET', `/${body.id}`)).body.userFirst);
    clock.after(LOOK_MS, () => void look());
  }

  async function type(code: string, by: 'whatsapp' | 'sms'): Promise<void> {
    const checked = await world.ask('POST', `/${body.id}/check`, { code });
    if (checked.body.valid === true) Object.assign(outcome, { approvedAt: clock.now(), by });
  }

  world.onShown(({ to, text, by }) => {
    const [code] = /(?<!\d)\d{6}(?!\d)/.exec(text) ?? [];
    if (to !== phone || !code || hasCode) return;
    hasCode = true;
    clock.after(TYPE_MS, () => void type(code, by));
  });
  offer(body.userFirst);
  clock.after(LOOK_MS, () => void look());
  return outcome;
}

/** People who have written to the number before: it may write to them. */
export async function makeKnown(world: World, phones: string[]): Promise<void> {
  for (const phone of phones) await world.whatsapp.handset(phone).write('hello', { to: GATEWAY });
  // A number that has just been paired may sort what comes in for so long, by a clock of its own.
  await sleep(1_000);
  await world.clock.advance(5_000);
}
