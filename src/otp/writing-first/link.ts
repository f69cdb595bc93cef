/** What a draft may not be longer than, so that its QR stays small. */
export const MAX_DRAFT = 200;

/** What makes WhatsApp format a text, ends a line, or shows nothing. */
const NOT_FOR_DRAFTS = /[*_~`]|\p{Cc}|\p{Zl}|\p{Zp}|\p{Cf}/gu;
/** WhatsApp makes a preview of an address, and the text then comes in another form. */
const ADDRESS = /\b[a-z][a-z\d+.-]*:\/\/\S*|\bwww\.\S*/giu;

/**
 * Opens the chat with a number, and in it a draft that the person has yet to send.
 * @param number E.164.
 */
export function linkOf(number: string, text: string): string {
  return `https://wa.me/${number.replace(/\D/g, '')}?text=${encodeURIComponent(text)}`;
}

/** What somebody else wrote, in a form that a draft can hold: one line of at most `max` characters. */
export function inDraft(text: string, max: number): string {
  const plain = text.replace(ADDRESS, '').replace(NOT_FOR_DRAFTS, ' ').replace(/\s+/g, ' ').trim();
  return [...plain].slice(0, max).join('').trim();
}
