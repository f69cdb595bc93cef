import { documentOf } from '../../../src/openapi/document.js';
import { codes } from '../../../src/openapi/operations/codes.js';
import { verifications } from '../../../src/openapi/operations/verifications.js';
import { typesOf } from './types-of.js';

/** What the client asks for. */
const OPERATIONS = [
  'sendOtp',
  'getOtp',
  'listOtps',
  'cancelOtp',
  'startVerification',
  'getVerification',
  'listVerifications',
  'checkVerification',
  'checkVerificationByContact',
  'resendVerification',
  'cancelVerification',
];

/** The text of `src/generated.ts`, by the document of today. */
export function currentTypes(): string {
  return typesOf(documentOf([codes, verifications]), OPERATIONS);
}
