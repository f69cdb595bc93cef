import type { Verification } from '../../otp/verifications/verification.js';
import {
  shownCheck,
  shownService,
  shownServices,
  shownSummary,
  shownVerification,
} from '../../twilio/answers.js';
import { sidsOf } from '../../twilio/sids.js';

const SIDS = sidsOf('env');
const BASE = 'https://otp.example.com/v2';
const AT = Date.UTC(2026, 10, 28, 3, 10, 1);

const pending = {
  id: 'ver_Oh8Mm-XST3-g0cKzpPXm1w',
  to: '+201001234567',
  status: 'pending',
  channel: 'whatsapp',
  route: ['whatsapp'],
  createdAt: AT,
  endedAt: null,
  attempts: [{ jobId: 1, at: AT, channel: 'whatsapp' }],
  isTest: false,
  sends: 1,
} as unknown as Verification;
const approved = { ...pending, status: 'approved', endedAt: AT + 20_000 } as Verification;
const canceled = { ...approved, status: 'canceled' } as Verification;

const service = shownService(SIDS, { name: 'Acme', codeLength: 6, since: AT }, BASE);

/** What Twilio's operations answer. */
export const samples = {
  pending: shownVerification(pending, SIDS, BASE),
  canceled: shownVerification(canceled, SIDS, BASE),
  check: shownCheck(approved, SIDS),
  service,
  services: shownServices([service], BASE, 50),
  summary: shownSummary({ sends: 11, approved: 9 }, BASE),
  serviceSid: SIDS.service,
};
