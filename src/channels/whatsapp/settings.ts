/** What the channel is told by the configuration. */
export interface WhatsAppSettings {
  webSocketUrl: string;
  /** null: the version built into Baileys. */
  version: [number, number, number] | null;
  initialRetryDelayMs: number;
  maxRetries: number;
  /** How often the connection is checked for being open but deaf. */
  checkIntervalMs: number;
  /** Folder of a multi-file session of an earlier installation; it need not exist. */
  importDir: string;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}
