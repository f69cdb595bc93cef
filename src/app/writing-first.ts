import type { Store } from '../../database/schema.js';
import type { WhatsAppSender } from '../channels/whatsapp/index.js';
import type { Clock } from '../clock.js';
import type { Delivery } from '../delivery/index.js';
import type { Log } from '../log.js';
import type { Conversion } from '../otp/conversion/conversion.js';
import type { Routing } from '../otp/route/route.js';
import type { Texts } from '../otp/texts/index.js';
import { createConfirmations } from '../otp/writing-first/confirmations.js';
import { createWritingFirst } from '../otp/writing-first/index.js';
import { createLinks, type Links } from '../otp/writing-first/links.js';
import type { OptOuts } from '../otp/writing-first/opt-outs.js';
import type { Sealing } from '../sealing.js';

/** The links by which people write first; what they write is heard from now on. */
export function writingFirstOf(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  sealing: Sealing;
  sender: WhatsAppSender;
  delivery: Pick<Delivery, 'lanes' | 'changes' | 'persons'>;
  routing: Pick<Routing, 'reserveAgain' | 'withdrawIn'>;
  optOuts: OptOuts;
  texts: Texts;
  conversion: Pick<Conversion, 'approved'>;
  appName: string | null;
}): Links {
  const { sender, delivery, routing } = deps;
  const languageFor = ({ locale, contact }: { locale: string | null; contact: string }) =>
    deps.texts.languageFor({ locale, contact: { kind: 'phone', value: contact } });
  const common = { ...deps, hash: deps.sealing.hash('link'), languageFor };

  const writingFirst = createWritingFirst({
    ...common,
    identify: sender.identify,
    spellingsOf: delivery.persons.spellingsOf,
    wrote: sender.wrote,
    hasToken: sender.hasToken,
    withdrawIn: routing.withdrawIn,
    reserveAgain: routing.reserveAgain,
    reserveConfirmation: createConfirmations({ ...common, lanes: delivery.lanes }),
    onChanged: delivery.changes.notify,
  });
  let wasOpen = false;
  sender.onText(writingFirst.hear);
  sender.onStatus(({ openSince }) => {
    const isOpen = openSince !== null;
    if (isOpen && !wasOpen) void writingFirst.resume();
    wasOpen = isOpen;
  });

  return createLinks({
    ...common,
    number: () => sender.status().me,
    canReceive: sender.canReceive,
  });
}
