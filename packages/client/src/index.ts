export { type Client, type ClientSettings, createClient, type OnceOptions } from './client.js';
export {
  type AnyErrorCode,
  type ClientErrorCode,
  isOtpError,
  type KnownErrorCode,
  OtpError,
  type WebhookErrorCode,
} from './errors.js';
export type { WebhookEvent, WebhookEventType } from './events.js';
export type {
  Attempt,
  CheckVerificationAnswer,
  CheckVerificationByContactBody,
  ErrorCode,
  FieldProblem,
  Job,
  ListVerificationsAnswer,
  ListVerificationsQuery,
  SendError,
  SendOtpAnswer,
  SendOtpBody,
  StartVerificationBody,
  Verification,
} from './generated.js';
export type { CallOptions } from './request.js';
export type { WaitOptions } from './wait.js';
export { verifyWebhook, type WebhookHeaders, type WebhookOptions } from './webhooks.js';
