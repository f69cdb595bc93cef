/** What can be told, by its name in a body. */
export const EVENT_TYPES = [
  'code.accepted',
  'code.sent',
  'code.delivered',
  'code.read',
  'code.failed',
  'code.expired',
  'code.refused',
  'verification.approved',
  'verification.canceled',
  'verification.expired',
  'verification.max_checks',
  'verification.sender_mismatch',
  'sender.state_changed',
  'channel.obstacle',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** What the test button sends, whatever an endpoint wants to hear. */
export const TEST_TYPE = 'webhook.test';

export function isEventType(text: string): text is EventType {
  return (EVENT_TYPES as readonly string[]).includes(text);
}
