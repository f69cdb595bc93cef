import { isoOrNull } from '../../clock.js';
import { maskPhone } from '../../log.js';
import type { ReachReport } from '../../otp/operators/reach.js';
import { channelName, reasonWords } from '../jobs/reason-words.js';
import type { Tone } from '../moments.js';

interface Verdict {
  title: string;
  tone: Tone;
  why: string;
}

/** What is known of a number, as JSON. */
export function shownReach({ phone, ...report }: ReachReport) {
  return {
    phoneNumber: maskPhone(phone),
    ...report,
    reachableUntil: isoOrNull(report.reachableUntil),
    tokenAt: isoOrNull(report.tokenAt),
    wroteAt: isoOrNull(report.wroteAt),
    refusedUntil: isoOrNull(report.refusedUntil),
    silentAt: isoOrNull(report.silentAt),
    acceptedAt: isoOrNull(report.acceptedAt),
  };
}

/** The same in words. */
export function reachView(report: ReachReport) {
  const shown = shownReach(report);
  return {
    ...shown,
    verdict: verdictOf(report),
    facts: [
      { label: 'Reachable until', at: shown.reachableUntil, none: 'never was' },
      { label: 'Wrote to us', at: shown.wroteAt, none: 'never' },
      { label: 'Token given', at: shown.tokenAt, none: 'none' },
      { label: 'First message accepted', at: shown.acceptedAt, none: 'none' },
      { label: 'Refused by WhatsApp until', at: shown.refusedUntil, none: 'not refused' },
      { label: 'Nothing has arrived since', at: shown.silentAt, none: 'not noticed' },
    ],
    account: { true: 'yes', false: 'no', null: 'not asked lately' }[String(report.isOnWhatsApp)],
    steps: stepsOf(report),
    outcome: outcomeOf(report),
  };
}

function verdictOf(report: ReachReport): Verdict {
  if (report.isOptedOut) {
    return {
      title: 'No: opted out',
      tone: 'bad',
      why: 'The person wrote STOP. Any other text of theirs opts in again.',
    };
  }
  if (report.isReachable) return { title: 'Yes: reachable', tone: 'good', why: whyReachable(report) };
  if (report.isOnWhatsApp === false) {
    return { title: 'No: not on WhatsApp', tone: 'bad', why: reasonWords('not_on_whatsapp') };
  }
  if (report.refusedUntil !== null) {
    return {
      title: 'No: refused for this person',
      tone: 'bad',
      why: 'WhatsApp refused a message to this person (error 463) while the number was free to write to others. When the person writes to us, it is lifted.',
    };
  }
  const { acceptedAt } = report;
  const before = acceptedAt === null ? '' : ' That messages were accepted before does not count.';
  return {
    title: 'Cold: only as a first message',
    tone: 'warning',
    why: `The person has not written within 24 hours, and no live token is known.${before}`,
  };
}

function whyReachable({ wroteAt, tokenAt, reachableUntil }: ReachReport): string {
  const byText = wroteAt !== null && reachableUntil === wroteAt + 24 * 3_600_000;
  return byText || tokenAt === null
    ? 'The person has written to us within 24 hours.'
    : 'The person’s app has given a token, which is still live.';
}

function stepsOf({ route, begins, passedOver }: ReachReport) {
  const start = begins === null ? route.length : route.indexOf(begins);
  return route.map((channel, place) => {
    const name = channelName(channel);
    const skipped = passedOver.find((each) => each.channel === channel);
    if (skipped) return { name, tone: 'warning', words: `Passed over. ${reasonWords(skipped.reason)}` };
    if (place === start) return { name, tone: 'good', words: 'A code begins here' };
    return { name, tone: 'plain', words: 'Follows, if nothing arrives before' };
  });
}

function outcomeOf({ begins, canWriteFirst, isReachable, route }: ReachReport): string | null {
  const asks = canWriteFirst && route.includes('whatsapp');
  if (begins === null && !asks) return 'No code can be sent now: a request is refused.';
  if (begins === null) return 'Nothing can be pushed now: a verification asks the person to write first.';
  return asks && !isReachable ? 'Beside it, a verification offers that the person writes first.' : null;
}
