/** GSM 03.38, the default alphabet: a septet each, those of the extension table two. */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENSION = '\f^{}\\[~]|€';
const SEPTETS = new Map([
  ...[...BASIC].map((character): [string, number] => [character, 1]),
  ...[...EXTENSION].map((character): [string, number] => [character, 2]),
]);
/** A single segment, and one of several (the header that joins them takes the rest). */
const GSM = { single: 160, part: 153 };
/** UCS-2 code units: one character outside the alphabet changes the whole message to these. */
const UCS_2 = { single: 70, part: 67 };

/** How many segments a text takes; each is paid for. */
export function segmentsOf(text: string): number {
  const septets = [...text].reduce((sum, character) => sum + (SEPTETS.get(character) ?? Number.NaN), 0);
  const [length, limits] = Number.isNaN(septets) ? [text.length, UCS_2] : [septets, GSM];
  return length <= limits.single ? 1 : Math.ceil(length / limits.part);
}
