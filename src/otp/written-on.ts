/** The channel on which people write to us: links lead there, and STOP is about it. */
export const WRITTEN_ON = 'whatsapp';
