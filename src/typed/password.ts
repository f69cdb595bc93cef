/** NFC and nothing else: every character counts (NIST SP 800-63B-4, 3.1.1.2). */
export function typedPassword(text: string): string {
  return text.normalize('NFC');
}
