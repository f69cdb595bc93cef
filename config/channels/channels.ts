import type { SmsFile } from './sms.js';

/** The channels, as CHANNELS_FILE has them. */
export interface Channels {
  /** How long each may take until a message is delivered, before the next channel of a route begins, in seconds. */
  waitSeconds: { whatsapp: number; sms: number; email: number };
  /** Null: no SMS are sent. */
  sms: (SmsFile & { secrets: Record<string, string> }) | null;
}
