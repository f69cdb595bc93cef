import { ChannelError } from '../channels/channel.js';
import type { EmailChannel } from '../channels/email/index.js';
import { type Outlet, PERSON_NEEDED_RETRY_SECONDS } from './outlet.js';

const NOT_CONFIGURED = 'No mail server is configured: set SMTP_URL, or EMAIL_USER and EMAIL_PASSWORD.';

/** A mail server: it needs no pairing and knows no strangers. @param channel null: none is configured. */
export function createEmailOutlet(channel: EmailChannel | null): Outlet {
  const trouble = () => (channel ? channel.trouble() : NOT_CONFIGURED);
  return {
    async send(message) {
      if (channel) return await channel.send(message);
      throw new ChannelError('wait', 'not_connected', NOT_CONFIGURED, false);
    },
    openSince: () => (trouble() === null ? 0 : null),
    opensInMs: () => 0,
    warmOnly: () => false,
    shutOut: async () => null,
    obstacle() {
      const reason = trouble();
      return reason === null
        ? null
        : { code: 'email_unavailable', reason, retryAfterSeconds: PERSON_NEEDED_RETRY_SECONDS };
    },
  };
}
