/** Of every event. A number or an address is masked unless the endpoint asked for it whole. */
interface Told<Type extends string, Data> {
  /** The same over all deliveries of an event: what was seen already can be left out. */
  id: string;
  type: Type;
  /** When it happened, ISO 8601. */
  timestamp: string;
  data: Data;
}

interface Reason {
  code: string;
  message?: string;
}

interface CodeData {
  jobId?: number;
  codeId?: string;
  /** Of codes that the gateway checks. */
  verificationId?: string;
  channel?: string;
  to?: string;
}

interface VerificationData {
  verificationId: string;
  codeId?: string;
  channel?: string;
  to?: string;
}

interface SenderData {
  phoneNumber?: string;
  account: string;
  state: string;
  previousState: string;
}

interface ObstacleData {
  channel: string;
  /** Null: it is gone. */
  obstacle: { code: string; reason: string; retryAfterSeconds: number | null } | null;
}

/** What a webhook tells. A newer gateway may have more types: have a `default` in your `switch`. */
export type WebhookEvent =
  | Told<'code.accepted' | 'code.sent' | 'code.delivered' | 'code.read', CodeData>
  /** `final`: no step of the code's route is left. */
  | Told<'code.failed' | 'code.expired', CodeData & { error: Reason; final?: boolean }>
  | Told<'code.refused', CodeData & { error: Reason; retryAfterSeconds?: number }>
  | Told<
      | 'verification.approved'
      | 'verification.canceled'
      | 'verification.expired'
      | 'verification.max_checks'
      | 'verification.sender_mismatch',
      VerificationData
    >
  | Told<'sender.state_changed', SenderData>
  | Told<'channel.obstacle', ObstacleData>
  | Told<'webhook.test', object>;

export type WebhookEventType = WebhookEvent['type'];
