/** What operators read about the jobs of a channel, and what these jobs need. */
interface ChannelWords {
  channelName: string;
  contactName: string;
  contactKind: 'number' | 'address';
  /** What it means that a message was sent. */
  accepted: string | null;
  /** Why there is no receipt. */
  noReceipt: string;
  /** Nothing goes out until a WhatsApp number is connected. */
  needsNumber: boolean;
}

const WHATSAPP: ChannelWords = {
  channelName: 'WhatsApp',
  contactName: 'Phone',
  contactKind: 'number',
  accepted: 'WhatsApp has accepted the message.',
  noReceipt: 'not yet',
  needsNumber: true,
};

const CHANNELS: Record<string, ChannelWords> = {
  whatsapp: WHATSAPP,
  sms: {
    channelName: 'SMS',
    contactName: 'Phone',
    contactKind: 'number',
    accepted: 'The provider has taken the message.',
    noReceipt: 'not yet',
    needsNumber: false,
  },
  email: {
    channelName: 'E-mail',
    contactName: 'E-mail',
    contactKind: 'address',
    accepted: 'The mail server has accepted the mail. Whether it arrives is not reported.',
    noReceipt: 'not reported for e-mails',
    needsNumber: false,
  },
};

/** The one place where the name of a channel decides what is shown. */
export function channelWords(channel: string): ChannelWords {
  const known = Object.hasOwn(CHANNELS, channel) ? CHANNELS[channel] : undefined;
  return known ?? { ...WHATSAPP, channelName: channel, accepted: null };
}

/** The names of the channels, as jobs hold them. */
export const CHANNEL_NAMES = Object.keys(CHANNELS);
