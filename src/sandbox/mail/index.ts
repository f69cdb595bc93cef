import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { typedEmail } from '../../typed/email.js';
import { type Mail, readMail } from './read-mail.js';

export type { Mail } from './read-mail.js';

/** The steps at which a mail can be refused. */
type Step = 'greeting' | 'login' | 'recipient' | 'data';

/** A mail server on this machine that keeps the mails that it receives. */
export interface MailServer {
  /** For SMTP_URL. */
  url: string;
  /** Oldest first; for one address, or all. */
  mails(to?: string): Mail[];
  faults: {
    /** Answers with this SMTP code at this step, the next `times` times; `silence`: does not answer at all. */
    set(at: Step, answer: number | 'silence', times?: number): void;
    clear(): void;
  };
  /** How often each step was reached. */
  count(at: Step): number;
  close(): Promise<void>;
}

/** @param options.login the only accepted login; absent: no login is required. */
export async function createMailServer(
  options: { login?: { user: string; pass: string }; starttls?: boolean } = {},
): Promise<MailServer> {
  const { login, starttls = false } = options;
  const kept: Mail[] = [];
  const faults = new Map<Step, { answer: number | 'silence'; left: number }>();
  const counts = new Map<Step, number>();

  /** Answers at a step, or stays silent. */
  function answer(at: Step, done: (error?: Error | null) => void): void {
    counts.set(at, (counts.get(at) ?? 0) + 1);
    const fault = faults.get(at);
    if (!fault || fault.left-- <= 0) done();
    else if (fault.answer !== 'silence')
      done(Object.assign(new Error('Refused by the sandbox'), { responseCode: fault.answer }));
  }

  const server = new SMTPServer({
    banner: 'sandbox',
    authOptional: login === undefined,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    disabledCommands: [...(login ? [] : ['AUTH']), ...(starttls ? [] : ['STARTTLS'])],
    closeTimeout: 200,
    logger: false,
    onConnect: (_session, done) => answer('greeting', done),
    onAuth: ({ username, password }, _session, done) =>
      answer('login', (error) => {
        const isRight = username === login?.user && password === login?.pass;
        if (error || isRight) return done(error, error ? undefined : { user: username ?? '' });
        done(new Error('Invalid username or password'));
      }),
    onRcptTo: (_address, _session, done) => answer('recipient', done),
    async onData(stream, session, done) {
      const bytes = await buffer(stream).catch(() => null);
      // Null: the other side broke off in the middle.
      if (bytes === null) return;
      answer('data', (error) => {
        // The library shows domains in other scripts as such; in SMTP they are punycode.
        const addresses = session.envelope.rcptTo.map(({ address }) => typedEmail(address) ?? address);
        const recipients = error ? [] : addresses;
        kept.push(...recipients.map((to) => readMail(bytes.toString('utf8'), to, Date.now())));
        done(error);
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const user = login ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.pass)}@` : '';

  return {
    url: `smtp://${user}127.0.0.1:${port}`,
    mails: (to) => kept.filter((mail) => to === undefined || mail.to === to),
    faults: {
      set: (at, answer, times = Number.POSITIVE_INFINITY) => void faults.set(at, { answer, left: times }),
      clear: () => faults.clear(),
    },
    count: (at) => counts.get(at) ?? 0,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
