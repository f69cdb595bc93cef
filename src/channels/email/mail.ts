import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { randomBytesPooled } from '../../random.js';
import { htmlOf } from './html.js';
import { wrapped } from './lines.js';

export interface Mailbox {
  name: string;
  address: string;
}

/** `Name <address>`, `"Name, Inc." <address>` or an address alone. */
export function parseMailbox(text: string): Mailbox {
  const [, name = '', address = text] = /^(.*)<([^<>]+)>$/.exec(text.trim()) ?? [];
  const quoted = /^"(.*)"$/.exec(name.trim())?.[1];
  return { name: quoted?.replace(/\\(.)/g, '$1') ?? name.trim(), address: address.trim() };
}

/** The unique part of a Message-ID: 22 hex digits. */
export function newMessageId(): string {
  return randomBytesPooled(11).toString('hex');
}

/** Never contains the code: subjects are visible on locked screens. */
const SUBJECT = 'Your verification code';
const DIGITS_AS_LETTERS = 'ghijklmnop';

/** RFC 6376: the public key stands in the DNS at `<selector>._domainkey.<domain of the sender>`. */
export interface Dkim {
  selector: string;
  /** PEM. */
  privateKey: string;
}

export interface MailContent {
  from: Mailbox;
  to: string;
  /** Hexadecimal; a mail that is sent again is the same mail. */
  messageId: string;
  subject?: string;
  text: string;
  /** Empty: the text carries none. */
  code: string;
  locale?: string;
  /** Whom the mail names; empty: nobody. */
  appName: string;
  dkim?: Dkim;
  at: number;
}

/**
 * The whole mail in its transmitted form. Except for the code and the year what people read contains no number of four to
 * eight digits, so that a search for the code finds only the code.
 */
export async function composeMail(mail: MailContent): Promise<Buffer> {
  // Imported only where it is used: most installations send no mail.
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const id = mail.messageId.toLowerCase().replace(/\d/g, (digit) => DIGITS_AS_LETTERS[Number(digit)] ?? '');
  const domain = mail.from.address.replace(/^.*@/, '');
  const text = withLabel(mail);
  const composer = new MailComposer({
    from: mail.from,
    to: { name: '', address: mail.to },
    subject: mail.subject ?? SUBJECT,
    date: new Date(mail.at),
    messageId: `<${id}@${domain}>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
    text: `${wrapped(text)}\n`,
    html: htmlOf({ ...mail, text }),
    baseBoundary: id,
  });
  const message = composer.compile();
  return mail.dkim ? await signed(message, domain, mail.dkim) : await message.build();
}

/** What mail programs look for beside the digits, where the words are ours to choose: another language has its own. */
function withLabel({ text, code, locale = 'en' }: Pick<MailContent, 'text' | 'code' | 'locale'>): string {
  const isOurs = /^en\b/i.test(locale) && code !== '' && !/verification code/i.test(text);
  return isOurs ? `Your verification code:\n\n${text}` : text;
}

async function signed(
  message: { createReadStream(): Readable },
  domain: string,
  { selector, privateKey }: Dkim,
): Promise<Buffer> {
  const { default: DKIM } = await import('nodemailer/lib/dkim');
  const signer = new DKIM({ domainName: domain, keySelector: selector, privateKey });
  return await buffer(signer.sign(message.createReadStream(), {}));
}
