import { isUnavailable } from '../../../database/unavailable.js';
import { maskEmails } from '../../log.js';
import { ChannelError } from '../channel.js';

/** What nodemailer adds to its errors. */
interface SmtpFault extends Error {
  code?: string;
  /** The code from the system or from TLS. */
  originalCode?: string;
  response?: string;
  responseCode?: number;
  command?: string;
}

/** Of the server's own words. */
const MAX_WORDS = 80;
/** `550-5.1.1 No such user`: code and enhanced status (RFC 3463), at the beginning of each line. */
const CODES = /^(\d{3})(?:[- ](\d\.\d{1,3}\.\d{1,3}))?[- ]?/gm;

/**
 * A failed attempt in our terms.
 * @param written the mail itself may have been on its way.
 * @param hide takes our login out of a text.
 */
export function failureOf(error: unknown, written: boolean, hide: (text: string) => string): ChannelError {
  if (error instanceof ChannelError) return error;
  // Not the mail's fault: it uses up none of its attempts.
  if (isUnavailable(error)) {
    return new ChannelError('wait', 'not_written', 'The database failed before the send.', written, error);
  }
  const fault = (error instanceof Error ? error : new Error('unknown')) as SmtpFault;
  const answer = answerOf(fault, hide);
  if (isLoginRefused(fault)) {
    return retry(
      `The mail server refused the login${answer}. Check SMTP_URL, or EMAIL_USER and EMAIL_PASSWORD.`,
      written,
    );
  }
  if (isMailRefused(fault)) {
    return new ChannelError(
      'reject',
      'rejected_by_mail_server',
      `The mail server refused the mail${answer}.`,
      false,
    );
  }
  if (fault.responseCode) return retry(`The mail server did not take the mail yet${answer}.`, written);
  const reason = fault.originalCode ?? fault.code ?? 'unknown';
  return retry(`The mail server could not be reached (${reason}).`, written, error);
}

/** Only an operator can fix this. */
function isLoginRefused({ code, command, responseCode = 0 }: SmtpFault): boolean {
  const isRefused = responseCode >= 500 || responseCode === 0;
  return isRefused && (code === 'EAUTH' || (command === 'MAIL FROM' && responseCode === 530));
}

/** The server has answered about this one mail or its recipient: the server itself is fine. */
export function isAboutTheMail(error: unknown): boolean {
  // The server was ready for the mail, and we decided not to send it.
  if (error instanceof ChannelError) return true;
  const { command, responseCode } = error as SmtpFault;
  const isClosing = responseCode === 421;
  return responseCode !== undefined && !isClosing && (command === 'RCPT TO' || command === 'DATA');
}

/** Trying again is pointless: our login or our sender address is refused for good. */
export function needsPerson(error: unknown): boolean {
  const fault = error as SmtpFault;
  return isLoginRefused(fault) || (fault.command === 'MAIL FROM' && (fault.responseCode ?? 0) >= 500);
}

/** The recipient or the mail itself is refused for good. A refused sender is for the operator to fix: it is tried again. */
function isMailRefused({ code, command, responseCode = 0 }: SmtpFault): boolean {
  const isFinal = responseCode >= 500 && responseCode < 600;
  const isItsFault = command === 'RCPT TO' || command === 'DATA';
  return (isFinal && isItsFault) || (code === 'EENVELOPE' && command === 'API');
}

function retry(sentence: string, written: boolean, cause?: unknown): ChannelError {
  return new ChannelError('retry', 'transport', sentence, written, cause);
}

/** The server's answer, without our login, without addresses and without anything that could be a code. */
function answerOf({ response }: SmtpFault, hide: (text: string) => string): string {
  if (!response) return '';
  const said = hide(response);
  const [, code, status] = [...said.matchAll(CODES)][0] ?? [];
  const words = maskEmails(said.replace(CODES, ''))
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/\d{4,}/g, '…')
    .trim()
    .slice(0, MAX_WORDS)
    .replace(/\.+$/, '');
  return `: ${[code, status, words].filter(Boolean).join(' ')}`;
}
