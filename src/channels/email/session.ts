import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { isLoopback } from '../../loopback.js';

export interface SmtpSettings {
  host: string;
  port: number;
  /** TLS from the first byte. */
  secure: boolean;
  login: { user: string; pass: string } | null;
}

/** An open connection to the mail server, logged in. */
export interface SmtpSession {
  /** Resolves when the server has accepted the mail. `mail` is read once the server is ready for it. */
  deliver(envelope: { from: string; to: string }, mail: Readable): Promise<void>;
  isOpen(): boolean;
  /** Says goodbye. */
  quit(): void;
  /** Breaks off whatever is under way. */
  close(): void;
}

/** `smtp://user:password@host:587` or `smtps://…`. */
export function parseSmtpUrl(url: string): SmtpSettings {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    login: username ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) } : null,
  };
}

/** Rejects with nodemailer's errors. @param timeoutMs how long the server may stay silent, at each step. */
export async function openSmtpSession(settings: SmtpSettings, timeoutMs: number): Promise<SmtpSession> {
  const { default: SmtpConnection } = await import('nodemailer/lib/smtp-connection');
  const { host, port, secure, login } = settings;
  const isLocal = isLoopback(host);
  const connection = new SmtpConnection({
    host,
    port,
    secure,
    // A password is never sent unencrypted, except to this machine.
    requireTLS: !secure && login !== null && !isLocal,
    tls: { rejectUnauthorized: !isLocal },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
  });
  // A fault of an idle connection shows when it is used next.
  connection.on('error', () => {});
  const failed = once(connection, 'error').then(([error]) => Promise.reject(error as Error));
  failed.catch(() => {});
  const step = (run: (done: (error?: Error | null) => void) => void) =>
    Promise.race([
      failed,
      new Promise<void>((resolve, reject) => run((error) => (error ? reject(error) : resolve()))),
    ]);

  try {
    await step((done) => connection.connect(done));
    if (login !== null && connection.allowsAuth) await step((done) => connection.login({ ...login }, done));
  } catch (error) {
    connection.close();
    throw error;
  }
  return {
    isOpen: () => !connection.destroyed,
    quit: () => connection.quit(),
    close: () => connection.close(),
    deliver: ({ from, to }, mail) => step((done) => connection.send({ from, to: [to] }, mail, done)),
  };
}
