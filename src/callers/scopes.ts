/** What a key may be used for. */
export const SCOPES = ['otp:send', 'otp:read', 'verify', 'hooks', 'webhooks:manage', 'admin:read'] as const;
export type Scope = (typeof SCOPES)[number];

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}
