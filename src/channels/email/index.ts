import { Readable } from 'node:stream';
import type { Clock, Timer } from '../../clock.js';
import { hideSecrets, loginSecrets } from '../../log.js';
import { type Acceptance, ChannelError, type OutgoingMessage, type Transport } from '../channel.js';
import { failureOf, isAboutTheMail, needsPerson } from './failures.js';
import { composeMail, type Dkim, parseMailbox } from './mail.js';
import { openSmtpSession, parseSmtpUrl, type SmtpSession } from './session.js';
import { createMailTroubles, type MailTrouble } from './trouble.js';

export { newMessageId, parseMailbox } from './mail.js';
export type { MailTrouble } from './trouble.js';

/** Mail through an SMTP server. `sent` means that the server has accepted it: nothing more is ever reported. */
export interface MailSender extends Transport {
  /** Why the server accepts no mail at the moment; null = nothing is known to be wrong. Clears by itself. */
  trouble(): MailTrouble | null;
  /** Called when a trouble begins, changes or ends; returns a function that stops listening. */
  onTrouble(listener: () => void): () => void;
  close(): void;
}

export interface EmailSettings {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  url: string;
  /** `Name <address>` or an address alone. */
  from: string;
  /** Whom the mails name; null or absent: the name of `from`. */
  appName?: string | null;
  /** Signs what goes out for the domain of `from`. */
  dkim?: Dkim;
}

/** How long the server may stay silent at one step. */
const STEP_MS = 10_000;
/** How long one mail may take. */
const WHOLE_MS = 40_000;
/** How long a connection is kept, so that the next mail skips the greeting and the login. */
const IDLE_MS = 20_000;
const ADDRESS = /^[^\s<>()[\],;:"\\\p{Cc}]+@[^\s<>()[\],;:"\\\p{Cc}@]+$/u;

export function createMailSender(deps: {
  clock: Clock;
  settings: EmailSettings;
  stepMs?: number;
  wholeMs?: number;
}): MailSender {
  const { clock, stepMs = STEP_MS, wholeMs = WHOLE_MS } = deps;
  const smtp = parseSmtpUrl(deps.settings.url);
  const { dkim, appName } = deps.settings;
  const from = parseMailbox(deps.settings.from);
  const hide = hideSecrets([
    ...(smtp.login ? loginSecrets(smtp.login) : []),
    ...(dkim ? [dkim.privateKey] : []),
  ]);
  const open = new Set<SmtpSession>();
  let idle: { session: SmtpSession; timer: Timer } | null = null;
  const troubles = createMailTroubles({ clock, tryAgain: async () => putBack(await connect()) });
  let closed = false;

  function takeIdle(): SmtpSession | null {
    const found = idle;
    idle = null;
    found?.timer.cancel();
    if (!found || found.session.isOpen()) return found?.session ?? null;
    open.delete(found.session);
    return null;
  }

  function putBack(session: SmtpSession): void {
    if (closed || idle !== null) {
      end(session);
      return;
    }
    const timer = clock.after(IDLE_MS, () => {
      idle = null;
      end(session);
    });
    idle = { session, timer };
  }

  function end(session: SmtpSession): void {
    open.delete(session);
    session.quit();
  }

  async function connect(): Promise<SmtpSession> {
    const startedAt = clock.now();
    try {
      const session = await openSmtpSession(smtp, stepMs);
      open.add(session);
      return session;
    } catch (error) {
      const failure = failureOf(error, false, hide);
      troubles.shut({ startedAt, sentence: failure.message, needsPerson: needsPerson(error) });
      throw failure;
    }
  }

  async function deliver(session: SmtpSession, message: OutgoingMessage, mail: Readable): Promise<void> {
    const bound = clock.after(wholeMs, () => session.close());
    try {
      await session.deliver({ from: from.address, to: message.recipient }, mail);
      troubles.over();
      putBack(session);
    } catch (error) {
      open.delete(session);
      session.close();
      throw error;
    } finally {
      bound.cancel();
    }
  }

  /** An open connection is tried first; the server may have closed it in the meantime. */
  async function attempt(message: OutgoingMessage, mail: () => Readable, hasBegun: () => boolean) {
    const startedAt = clock.now();
    const kept = takeIdle();
    if (kept) {
      try {
        await deliver(kept, message, mail());
        return;
      } catch (error) {
        if (hasBegun() || hasAnswered(error)) {
          noteRefusal(error, startedAt);
          throw error;
        }
      }
    }
    const session = await connect();
    await deliver(session, message, mail()).catch((error: unknown) => {
      noteRefusal(error, startedAt);
      throw error;
    });
  }

  function noteRefusal(error: unknown, startedAt: number): void {
    if (isAboutTheMail(error)) {
      troubles.over();
      return;
    }
    const { message: sentence } = failureOf(error, false, hide);
    troubles.stuck({ startedAt, sentence, needsPerson: needsPerson(error) });
  }

  async function send(message: OutgoingMessage): Promise<Acceptance> {
    const { recipient, messageId, subject, text, code, locale } = message;
    if (!ADDRESS.test(recipient)) {
      throw new ChannelError('reject', 'rejected_by_mail_server', 'This is no e-mail address.', false);
    }
    const bytes = await composeMail({
      from,
      to: recipient,
      messageId,
      ...(subject !== undefined && { subject }),
      text,
      code,
      ...(locale !== undefined && { locale }),
      appName: appName || from.name,
      ...(dkim && { dkim }),
      at: clock.now(),
    });
    let written = false;
    /** Only read once the server has agreed to accept a mail for the recipient. */
    async function* content() {
      written = await message.beforeWrite();
      if (!written) {
        throw new ChannelError('wait', 'not_written', 'The message is not to be written any more.', false);
      }
      yield bytes;
    }
    try {
      await attempt(
        message,
        () => Readable.from(content()),
        () => written,
      );
      return { acceptedAt: clock.now() };
    } catch (error) {
      throw failureOf(error, written, hide);
    }
  }

  return {
    send,
    trouble: troubles.now,
    onTrouble: troubles.onChange,
    close() {
      closed = true;
      troubles.stop();
      takeIdle();
      for (const session of open) session.close();
      open.clear();
    },
  };
}

function hasAnswered(error: unknown): boolean {
  if (error instanceof ChannelError) return true;
  // 421: it closes the connection, as it may when one was idle.
  return error instanceof Error && 'responseCode' in error && error.responseCode !== 421;
}
