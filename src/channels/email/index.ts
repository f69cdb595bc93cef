import { Readable } from 'node:stream';
import type { Clock, Timer } from '../../clock.js';
import { type Acceptance, type Channel, ChannelError, type OutgoingMessage } from '../channel.js';
import { failureOf, isLoginRefused } from './failures.js';
import { composeMail, parseMailbox } from './mail.js';
import { openSmtpSession, parseSmtpUrl, type SmtpSession } from './session.js';

/** Mail through an SMTP server. `sent` means that the server has taken it: nothing more is ever reported. */
export interface EmailChannel extends Channel {
  /** Why the server takes nothing from us just now, for an operator; null = nothing is known to be wrong. */
  trouble(): string | null;
  close(): void;
}

export interface EmailSettings {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  url: string;
  /** `Name <address>` or an address alone. */
  from: string;
}

/** How long a server may stay silent at one step. */
const STEP_MS = 10_000;
/** How long one mail may take. */
const WHOLE_MS = 40_000;
/** The next mail is spared the greeting and the login. */
const IDLE_MS = 20_000;
/** A server that refuses our login is not asked more often: some lock the account. */
const LOGIN_PAUSE_MS = 30_000;
const ADDRESS = /^[^\s<>()[\],;:"\\\p{Cc}]+@[^\s<>()[\],;:"\\\p{Cc}@]+$/u;

export function createEmailChannel(deps: {
  clock: Clock;
  settings: EmailSettings;
  stepMs?: number;
  wholeMs?: number;
}): EmailChannel {
  const { clock, stepMs = STEP_MS, wholeMs = WHOLE_MS } = deps;
  const smtp = parseSmtpUrl(deps.settings.url);
  const from = parseMailbox(deps.settings.from);
  const open = new Set<SmtpSession>();
  let idle: { session: SmtpSession; timer: Timer } | null = null;
  let refused: { sentence: string; until: number } | null = null;
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
    const session = await openSmtpSession(smtp, stepMs);
    open.add(session);
    refused = null;
    return session;
  }

  async function deliver(session: SmtpSession, message: OutgoingMessage, mail: Readable): Promise<void> {
    const bound = clock.after(wholeMs, () => session.close());
    try {
      await session.deliver({ from: from.address, to: message.recipient }, mail);
      putBack(session);
    } catch (error) {
      open.delete(session);
      session.close();
      throw error;
    } finally {
      bound.cancel();
    }
  }

  /** The connection that is open already is tried first; the server may have hung up in the meantime. */
  async function attempt(message: OutgoingMessage, mail: () => Readable, hasBegun: () => boolean) {
    const kept = takeIdle();
    if (kept) {
      try {
        await deliver(kept, message, mail());
        return;
      } catch (error) {
        if (hasBegun() || hasAnswered(error)) throw error;
      }
    }
    await deliver(await connect(), message, mail());
  }

  async function send(message: OutgoingMessage): Promise<Acceptance> {
    const { recipient, messageId, text } = message;
    if (!ADDRESS.test(recipient)) {
      throw new ChannelError('reject', 'rejected_by_mail_server', 'This is no e-mail address.', false);
    }
    const bytes = await composeMail({ from, to: recipient, messageId, text, at: clock.now() });
    let written = false;
    /** Read when the server has agreed to take a mail for the recipient, and not before. */
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
      const failure = failureOf(error, written);
      if (error instanceof Error && isLoginRefused(error)) {
        refused = { sentence: failure.message, until: clock.now() + LOGIN_PAUSE_MS };
      }
      throw failure;
    }
  }

  return {
    send,
    trouble: () => (refused && refused.until > clock.now() ? refused.sentence : null),
    close() {
      closed = true;
      takeIdle();
      for (const session of open) session.close();
      open.clear();
    },
  };
}

function hasAnswered(error: unknown): boolean {
  return error instanceof ChannelError || (error instanceof Error && 'responseCode' in error);
}
