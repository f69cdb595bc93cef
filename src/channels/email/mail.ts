import { randomBytesPooled } from '../../random.js';

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
/** Short enough that neither a mail program nor an encoding breaks a line: the code stays in one piece. */
const LINE = 64;
const DIGITS_AS_LETTERS = 'ghijklmnop';

/**
 * The whole mail in its transmitted form. Except for the code and the year it contains no number of four to eight digits,
 * so that a search for the code finds only the code.
 * @param mail.messageId hexadecimal; a mail that is sent again is the same mail.
 */
export async function composeMail(mail: {
  from: Mailbox;
  to: string;
  messageId: string;
  subject?: string;
  text: string;
  at: number;
}): Promise<Buffer> {
  // Imported only where it is used: most installations send no mail.
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const id = mail.messageId.toLowerCase().replace(/\d/g, (digit) => DIGITS_AS_LETTERS[Number(digit)] ?? '');
  const composer = new MailComposer({
    from: mail.from,
    to: { name: '', address: mail.to },
    subject: mail.subject ?? SUBJECT,
    date: new Date(mail.at),
    messageId: `<${id}@${mail.from.address.replace(/^.*@/, '')}>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
    text: `${wrapped(mail.text)}\n`,
    html: htmlOf(mail.text),
    baseBoundary: id,
  });
  return await composer.compile().build();
}

function htmlOf(text: string): string {
  const paragraphs = text.split(/\n\s*\n/).map((paragraph) => {
    const lines = wrapped(paragraph).split('\n').map(escaped);
    return `<p>\n${lines.join('\n')}\n</p>`;
  });
  const body = paragraphs.join('\n').replace(/(?<![\d&#;])\d{4,8}(?!\d)/g, '<b>$&</b>');
  return `<!doctype html>\n<html>\n<body>\n${body}\n</body>\n</html>\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Lines broken at spaces. */
function wrapped(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(new RegExp(`(?=.{${LINE + 1}})(.{1,${LINE}}) +`, 'g'), '$1\n'))
    .join('\n');
}
