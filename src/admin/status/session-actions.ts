import type { Request, RequestHandler } from 'express';
import { AppError } from '../../errors.js';
import { answerJson, ownField } from '../../http/answer.js';
import { maskPhone } from '../../log.js';
import { parseE164 } from '../../otp/phone.js';
import type { Audit } from '../audit/audit.js';
import type { AuditAction } from '../audit/audit-log.js';
import { type OverviewDeps, overview } from './overview.js';

/** What an operator does with the WhatsApp session and the queue; each answers with the resulting status and a message. */
export function createSessionActions(deps: OverviewDeps & { audit: Audit }) {
  const { sender, queue, audit } = deps;
  const underWay = new Map<AuditAction, Promise<void>>();

  /** A second request for an action that is under way waits for it: it is done, and recorded, once. */
  function once(action: AuditAction, req: Request, act: () => Promise<boolean | undefined>): Promise<void> {
    const present = underWay.get(action);
    if (present) return present;
    const acting = perform(action, req, act).finally(() => underWay.delete(action));
    underWay.set(action, acting);
    return acting;
  }

  /** `act` resolves with false when there was nothing to do. */
  async function perform(action: AuditAction, req: Request, act: () => Promise<boolean | undefined>) {
    const { me } = sender.status();
    if ((await act()) === false) return;
    await audit.record(req, action, me === null ? {} : { target: maskPhone(me) });
  }

  const then =
    (action: AuditAction, message: string, act: () => Promise<boolean | undefined>): RequestHandler =>
    async (req, res) => {
      await once(action, req, act);
      answerJson(res, 200, { ...overview(deps), message });
    };

  return {
    reload: then('session_reloaded', 'The session is being opened again.', async () => {
      await sender.reload();
      return true;
    }),
    logOut: then('whatsapp_logged_out', 'Logged out of WhatsApp. A new QR code is on its way.', async () => {
      await sender.logout();
      return true;
    }),
    pause: then('queue_paused', 'Sending is paused. In a few seconds new codes are refused.', () =>
      queue.pause(),
    ),
    resume: then('queue_resumed', 'Sending goes on.', () => queue.resume()),

    /** `{ phoneNumber }` → `{ pairingCode }` */
    pairingCode: (async (req, res) => {
      const phone = parseE164(ownField(req.body, 'phoneNumber'));
      if (phone === null) {
        throw new AppError(
          'phone_number_invalid',
          'Enter the number in international format, starting with + and the country code.',
        );
      }
      const pairingCode = await sender.requestPairingCode(phone).catch((cause: unknown) => {
        if (cause instanceof AppError) throw cause;
        throw new AppError('sender_unavailable', 'WhatsApp gave no pairing code. Please try again.', {
          cause,
        });
      });
      await audit.record(req, 'pairing_code_requested', { target: maskPhone(phone) });
      answerJson(res, 200, { pairingCode });
    }) satisfies RequestHandler,
  };
}
