import type { RequestHandler } from 'express';
import type { Sender } from '../channels/sender.js';
import type { QueueControl } from '../delivery/pause.js';
import { AppError } from '../errors.js';
import { answerJson, ownField } from '../http/answer.js';
import { parseE164 } from '../otp/phone.js';
import { overview } from './status.js';

/** What an operator does with the WhatsApp session and the queue. Each answers with the status it led to. */
export function createSessionActions(deps: { sender: Sender; queue: QueueControl }) {
  const { sender, queue } = deps;
  const then =
    (act: () => Promise<void>): RequestHandler =>
    async (_req, res) => {
      await act();
      answerJson(res, 200, overview(deps));
    };

  return {
    reload: then(() => sender.reload()),
    logOut: then(() => sender.logout()),
    pause: then(() => queue.pause()),
    resume: then(() => queue.resume()),

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
      answerJson(res, 200, { pairingCode });
    }) satisfies RequestHandler,
  };
}
