import type { CodeStatus } from '../../database/schema.js';
import { CODE_DOT } from '../delivery/message-shapes.js';
import { maskContact } from '../log.js';
import { fill } from '../otp/texts/fill.js';
import { directionOf, isolated, type Language } from '../otp/texts/languages.js';
import type { Verification } from '../otp/verifications/verification.js';
import { type Notice, noticeOf } from './notice.js';
import { type Counted, NOTHING, type PageView, type WriteView } from './page-view.js';
import { WORDS } from './words/index.js';
import type { PageWords } from './words/page-words.js';

type Known = Pick<
  Verification,
  | 'id'
  | 'to'
  | 'status'
  | 'proof'
  | 'channel'
  | 'route'
  | 'expiresAt'
  | 'checksLeft'
  | 'sendsLeft'
  | 'canResendAt'
  | 'userFirst'
  | 'attempts'
  | 'lastProblem'
  | 'action'
  | 'returnUrl'
  | 'returnProof'
>;

/** @param said what the last form brought, by its name. */
export function viewOf(
  verification: Known,
  {
    language,
    appName,
    said,
    now,
  }: { language: Language; appName: string | null; said: Notice | null; now: number },
): PageView {
  const words = WORDS[language];
  const { status, action } = verification;
  const caption = [appName, action].filter((part) => part !== null).map((part) => isolated(part, language));
  const common = {
    ...NOTHING,
    language,
    direction: directionOf(language),
    caption: caption.length === 0 ? null : caption.join(' · '),
  };
  if (status !== 'pending') return { ...common, ...endingOf(verification, status, words) };

  const to = maskedFor(verification.to, language);
  const only = verification.channel === null;
  return {
    ...common,
    heading: only ? words.heading.write : words.heading.code,
    tone: 'open',
    lines: sentenceOf(verification, to, words),
    notice: noticeOf(said, verification, { words, to }),
    code: only && verification.proof === 'message' ? null : { label: words.code, confirm: words.confirm },
    left: counted(words.left, verification.expiresAt, now),
    again: againOf(verification, words, now),
    instead: insteadOf(verification, words),
    write: writeOf(verification, only, words),
  };
}

/** `1:05`; minutes go on beyond an hour. */
export function timeOf(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function endingOf(known: Known, status: Exclude<CodeStatus, 'pending'>, words: PageWords) {
  const { heading, ending } = words;
  const back = leaveOf(known);
  if (status === 'approved') {
    return {
      heading: heading.approved,
      tone: 'good' as const,
      lines: [back === null ? ending.close : ending.returning],
      leave: back === null ? null : { href: back, label: words.proceed, byItself: true },
    };
  }
  const names = { canceled: 'canceled', expired: 'expired', max_checks: 'maxChecks' } as const;
  return {
    heading: heading[names[status]],
    tone: status === 'canceled' ? ('plain' as const) : ('bad' as const),
    lines: [status === 'canceled' ? ending.canceled : ending.startAgain],
    leave: back === null ? null : { href: back, label: words.back, byItself: false },
  };
}

/** The caller's address with the name of the verification; null for what no browser should be sent to. */
function leaveOf({ id, returnUrl, returnProof }: Known): string | null {
  const url = returnUrl !== null && URL.canParse(returnUrl) ? new URL(returnUrl) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  url.searchParams.set('verification', id);
  if (returnProof !== null) url.searchParams.set('returnProof', returnProof);
  return url.href;
}

function sentenceOf(known: Known, to: string, words: PageWords): string[] {
  const { attempts, channel, sendsLeft } = known;
  if (isLinkOver(known) && sendsLeft === 0) return [words.ending.startAgain];
  const last = attempts.findLast((attempt) => attempt.channel === channel);
  if (channel === null || last === undefined) return [];
  const said =
    last.status === 'failed' || last.status === 'expired'
      ? words.notSent
      : last.status === 'sent'
        ? words.sent
        : words.sending;
  return [fill(said, { to, channel: channelName(channel, words) })];
}

/** A link ends sooner than its code, and three texts from other numbers end it as well. */
function isLinkOver({ channel, userFirst }: Known): boolean {
  return channel === null && userFirst === null;
}

function againOf(known: Known, words: PageWords, now: number) {
  const { channel, sendsLeft, canResendAt } = known;
  const isRenewed = isLinkOver(known);
  if ((channel === null && !isRenewed) || sendsLeft === 0 || canResendAt === null) return null;
  const waiting = canResendAt > now ? counted(words.againIn, canResendAt, now) : null;
  return { label: isRenewed ? words.write.renew : words.again, waiting };
}

/** The channels of the route but for the last one, and those that failed. */
function insteadOf({ route, channel, attempts, sendsLeft }: Known, words: PageWords) {
  if (channel === null || sendsLeft === 0) return null;
  const failed = new Set(
    route.filter((name) => attempts.findLast((attempt) => attempt.channel === name)?.status === 'failed'),
  );
  const ways = route
    .filter((name) => name !== channel && !failed.has(name))
    .map((name) => ({ channel: name, label: fill(words.by, { channel: channelName(name, words) }) }));
  return ways.length === 0 ? null : { heading: words.instead, ways };
}

function writeOf({ userFirst, proof }: Known, only: boolean, words: PageWords): WriteView | null {
  if (userFirst === null) return null;
  const { write } = words;
  return {
    heading: only ? null : write.beside,
    how: proof === 'message' ? write.howMessage : write.howCode,
    open: write.open,
    link: userFirst.link,
    qr: userFirst.qr,
    qrName: write.qr,
    scan: write.scan,
    byHand: fill(write.byHand, { number: ltr(userFirst.number) }),
    text: userFirst.text,
    nothing: write.nothing,
    kept: write.kept,
  };
}

function counted(sentence: string, until: number, now: number): Counted {
  const [before = '', after = ''] = sentence.split('{{time}}');
  return { before, until, time: timeOf(until - now), after };
}

function channelName(channel: string, words: PageWords): string {
  return Object.hasOwn(words.channels, channel)
    ? words.channels[channel as keyof PageWords['channels']]
    : channel;
}

function maskedFor(contact: string, language: Language): string {
  const masked = maskContact(contact).replaceAll('*', CODE_DOT);
  return directionOf(language) === 'rtl' ? ltr(masked) : masked;
}

/** Numbers and addresses are read from the left in every language (UAX 9: LRI … PDI). */
function ltr(text: string): string {
  return `\u2066${text}\u2069`;
}
