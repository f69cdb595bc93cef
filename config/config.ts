/** The whole configuration: validated once, frozen, grouped per module. */
export interface Config {
  env: 'development' | 'production' | 'test';
  server: {
    host: string;
    port: number;
    /** Number of proxies in front whose X-Forwarded-For entry is believed. */
    trustProxy: number;
    rateLimitPerMinute: number;
  };
  apiKey: string;
  admin: { username: string; password: string; sessionSecret: string };
  jwtSecret: string;
  /** 64 hex digits. */
  encryptionKey: string;
  /** Absolute path of the folder of DB_FILENAME: everything that a run keeps lies here. */
  dataDir: string;
  database: { kind: 'sqlite'; filename: string } | { kind: 'postgres'; url: string };
  otp: { length: number; ttlMs: number; messageTemplate: string };
  delivery: {
    pollingIntervalMs: number;
    minSendDelayMs: number;
    maxSendDelayMs: number;
    /** Refuse a code whose projected wait is longer. */
    maxWaitMs: number;
  };
  whatsapp: {
    /** The account's name in every table (WHATSAPP_CLIENT_ID). */
    account: string;
    webSocketUrl: string;
    version: [number, number, number] | null;
    initialRetryDelayMs: number;
    maxRetries: number;
    /** How often the connection is checked for being open but deaf. */
    checkIntervalMs: number;
    /** Absolute path of a multi-file session of an earlier installation, imported once when it exists. */
    importDir: string;
    logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  };
  log: { level: 'error' | 'warn' | 'info' | 'http' | 'verbose' | 'debug' | 'silly'; dir: string };
  telegram: { botToken: string; chatId: string; apiBaseUrl: string } | null;
}
