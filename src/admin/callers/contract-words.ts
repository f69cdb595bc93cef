/** The sign-in contracts, as operators read them. */
export const CONTRACTS: Record<string, string> = {
  phone: 'Phone',
  whatsapp: 'WhatsApp',
  'two-factor': 'Two-factor',
  cookie: 'Cookie',
};

export function contractWords(contract: string): string {
  return CONTRACTS[contract] ? `${CONTRACTS[contract]} contract` : contract;
}
