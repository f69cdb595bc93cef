/** What somebody is told about their account. */
export type NoticeKind =
  | 'account_made'
  | 'google_linked'
  | 'many_wrong_passwords'
  | 'password_changed'
  | 'signed_out_everywhere';

export interface NoticeText {
  subject: string;
  text: string;
}

/** Phones and mail programs take a number of four to eight digits for a code: none of these holds one. */
const NOTICES: Record<NoticeKind, { subject: string; happened: string; otherwise: string }> = {
  account_made: {
    subject: 'Your new account',
    happened: 'An account was made with {{contact}}.',
    otherwise:
      'somebody used a code that was sent to you, or your Google account. Do not pass codes on. The account is yours: sign in to it with a new code, or ask us to delete it.',
  },
  google_linked: {
    subject: 'A sign-in with Google was added to your account',
    happened:
      'Somebody signed in to the account of {{contact}} with Google. Its password was never confirmed from this address: it does not work any more, and whoever was signed in is signed out.',
    otherwise: 'check who can use your Google account, and tell us.',
  },
  many_wrong_passwords: {
    subject: 'Many wrong passwords for your account',
    happened:
      'Many wrong passwords were entered for the account of {{contact}}. None of them opened it. For now its password works only where you have signed in lately; a code works everywhere, and ends this.',
    otherwise: 'somebody is guessing: choose a password that you use nowhere else.',
  },
  password_changed: {
    subject: 'Your password was changed',
    happened: 'The password of the account of {{contact}} was changed. Whoever was signed in is signed out.',
    otherwise: 'set a new password with a code at once, and tell us.',
  },
  signed_out_everywhere: {
    subject: 'You were signed out everywhere',
    happened: 'The account of {{contact}} was signed out on all devices.',
    otherwise: 'change your password.',
  },
};

/**
 * @param service who writes: a host, or the name of a sender; null: it is not known.
 * @param contact masked, or what stands for it where the text is shown to others.
 */
export function noticeText(kind: NoticeKind, service: string | null, contact: string): NoticeText {
  const { subject, happened, otherwise } = NOTICES[kind];
  const paragraphs = [
    happened.replace('{{contact}}', contact),
    `If this was you, there is nothing to do. If it was not, ${otherwise}`,
  ];
  if (service !== null) paragraphs.unshift(`This message is from ${service}.`);
  return { subject, text: paragraphs.join('\n\n') };
}

/** The first of these names that nobody takes for a code, or null. */
export function serviceName(names: readonly (string | null | undefined)[]): string | null {
  return names.find((name) => name && !/\p{Nd}{4}/u.test(name)) ?? null;
}
