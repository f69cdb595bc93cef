import type { RequestHandler } from 'express';
import { answerJson } from '../../http/answer.js';
import { maskContact } from '../../log.js';
import type { Codes } from '../../otp/operators/codes.js';
import type { Verifications } from '../../otp/verifications/verification.js';
import type { Audit } from '../audit/audit.js';
import { channelWords } from '../jobs/channel-words.js';
import { requireCode } from './verification-screens.js';

/** What an operator does with verifications. Every change is recorded in the audit log. */
export function createVerificationActions(deps: {
  codes: Codes;
  verifications: Pick<Verifications, 'cancel'>;
  audit: Audit;
}) {
  const { codes, verifications, audit } = deps;

  return {
    /** POST /admin/api/verifications/:id/cancel: nothing more is sent; 404 when it has ended in another way. */
    cancel: (async (req, res) => {
      const { id, contact, status } = await requireCode(codes, req);
      await verifications.cancel({ id });
      if (status === 'pending') {
        await audit.record(req, 'verification_canceled', {
          target: `verification ${id}`,
          detail: maskContact(contact),
        });
      }
      answerJson(res, 200, { id, status: 'canceled', message: 'The verification is canceled.' });
    }) satisfies RequestHandler,

    /** POST /admin/api/verifications/:id/reveal → `{ contact }`: the number or address, in full. */
    reveal: (async (req, res) => {
      const { id, contact } = await requireCode(codes, req);
      await audit.record(req, 'number_revealed', {
        target: `verification ${id}`,
        detail: maskContact(contact),
      });
      const { contactKind } = channelWords(contact.includes('@') ? 'email' : 'whatsapp');
      answerJson(res, 200, { id, contact, message: `The ${contactKind} is shown.` });
    }) satisfies RequestHandler,
  };
}
