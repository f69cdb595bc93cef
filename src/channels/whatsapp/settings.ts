/** What the configuration says about the channel. */
export interface WhatsAppSettings {
  webSocketUrl: string;
  /** null: the version built into Baileys. */
  version: [number, number, number] | null;
  initialRetryDelayMs: number;
  maxRetries: number;
  /** How often to check that an open connection still hears anything. */
  checkIntervalMs: number;
  /** Folder of a multi-file session of an earlier installation; it need not exist. */
  importDir: string;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}
