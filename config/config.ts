import type { Rules } from '../src/limits/rules.js';
import type { Channels } from './channels/channels.js';

/** The whole configuration: validated once, frozen, grouped per module. */
export interface Config {
  env: 'development' | 'production' | 'test';
  server: {
    host: string;
    /** Whether HOST was set; else this machine alone is listened to. */
    hostGiven: boolean;
    port: number;
    /** Number of proxies in front whose X-Forwarded-For entry is believed. */
    trustProxy: number;
    rateLimitPerMinute: number;
    /** 0: any number. */
    connectionsPerAddress: number;
    /** Of PUBLIC_URL; null: it is not set, and the address of a request is taken for ours. */
    publicOrigin: string | null;
    /** A URI for /.well-known/security.txt; null: there is none. */
    securityContact: string | null;
  };
  apiKey: string;
  /** Also accepted, while callers switch to the new one. */
  previousApiKey: string | null;
  admin: { username: string; password: string; sessionSecret: string };
  /** 64 hex digits. */
  encryptionKey: string;
  /** What was sealed with it before is still read, and sealed anew. */
  previousEncryptionKey: string | null;
  /** Absolute path of the folder that holds DB_FILENAME: everything that a run keeps is in here. */
  dataDir: string;
  database: { kind: 'sqlite'; filename: string } | { kind: 'postgres'; url: string };
  otp: {
    length: number;
    ttlMs: number;
    messageTemplate: string;
    /** The operator's own words (OTP_MESSAGE_TEMPLATE); null: `messageTemplate` is the default. */
    ownTemplate: string | null;
    /** Whom the texts in people's languages name; null: nobody. */
    appName: string | null;
    /** The language of those whose language is not known. */
    defaultLanguage: 'en' | 'ar' | 'es' | 'pt' | 'id' | 'hi' | 'fr' | 'de';
    /** The channels of codes to phones that name none (CODE_ROUTE), in order. */
    route: string[];
    /** By channel: how long until the next one of a route begins, without a receipt. */
    waitsMs: Record<string, number>;
    /** Whose numbers the sign-in doors send codes to, ISO 3166-1 alpha-2; null: all. */
    allowedCountries: string[] | null;
  };
  /** What keys of the table have in their rows, for the environment's key. */
  environmentCaller: {
    /** Origin and path; what a page of a verification leads back to begins with one of them. */
    returnUrls: string[];
    /** `until` in Unix ms. */
    testNumbers: { contact: string; code: string; until: number }[];
    testNumbersInProduction: boolean;
  };
  delivery: {
    pollingIntervalMs: number;
    minSendDelayMs: number;
    maxSendDelayMs: number;
    /** Refuse a code whose projected wait is longer; Infinity: only its lifetime counts. */
    maxWaitMs: number;
  };
  auth: AuthConfig;
  limits: Rules;
  /** Who is asked whether a CAPTCHA was solved; null: the doors that send ask for none. */
  captcha: { url: string; secret: string } | null;
  /** How mail is sent: the server (smtp: or smtps: with its login) and the sender; null: not at all. */
  email: {
    url: string;
    from: string;
    /** Signs what goes out under the domain of `from`; absent: the mail server does, or nobody. */
    dkim?: { selector: string; privateKey: string };
  } | null;
  channels: Channels;
  whatsapp: {
    /** The account's name in every table (WHATSAPP_CLIENT_ID). */
    account: string;
    webSocketUrl: string;
    version: [number, number, number] | null;
    initialRetryDelayMs: number;
    maxRetries: number;
    /** How often to check that an open connection still hears anything. */
    checkIntervalMs: number;
    /** Absolute path of a multi-file session of an earlier installation, imported once when it exists. */
    importDir: string;
    logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  };
  log: { level: 'error' | 'warn' | 'info' | 'http' | 'verbose' | 'debug' | 'silly'; dir: string };
  /** `allowPrivate`: webhooks may use plain http and lead into private networks. */
  webhooks: { allowPrivate: boolean };
  telegram: { botToken: string; chatId: string; apiBaseUrl: string } | null;
}

export interface AuthConfig {
  /** Known and unknown accounts get the same answers; codes and passwords are longer. */
  strict: boolean;
  /** ISO 3166-1 alpha-2. */
  defaultCountry: string;
  jwtSecret: string;
  /** Tokens that it has signed are still accepted, until the longest of them has ended. */
  previousJwtSecret: string | null;
  jwtLifetimeMs: number;
  /** Without a trailing slash; Google sends the browser back to the first. */
  clientUrls: string[];
  /** Without a trailing slash; null: localhost with the port that the system chooses. */
  publicUrl: string | null;
  /** The name of the cookie contract's cookie. */
  tokenCookie: 'token' | '__Host-token';
  google: { issuer: string; clientId: string; clientSecret: string } | null;
}
