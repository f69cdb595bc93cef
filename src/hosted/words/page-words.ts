/**
 * What the hosted page says. `{{to}}` is a masked number or address, `{{channel}}` one of `channels`, `{{time}}` minutes
 * and seconds such as 1:05, `{{n}}` a number.
 */
export interface PageWords {
  heading: {
    code: string;
    write: string;
    approved: string;
    canceled: string;
    expired: string;
    maxChecks: string;
    elsewhere: string;
    gone: string;
    failed: string;
  };
  /** Below the heading, once nothing is left to do. */
  ending: {
    close: string;
    returning: string;
    canceled: string;
    startAgain: string;
    elsewhere: string;
  };
  channels: { whatsapp: string; sms: string; email: string; telegram: string };
  sending: string;
  sent: string;
  notSent: string;
  code: string;
  confirm: string;
  left: string;
  again: string;
  againIn: string;
  instead: string;
  by: string;
  /** For the person who writes first; `beside` a code that was sent as well. */
  write: {
    beside: string;
    howCode: string;
    howMessage: string;
    open: string;
    scan: string;
    qr: string;
    byHand: string;
    nothing: string;
    /** On the button, once the link can be used no longer. */
    renew: string;
    kept: string;
  };
  notice: {
    wrong: string;
    missing: string;
    wait: string;
    noSends: string;
    notNow: string;
    mismatch: string;
    notProven: string;
    resent: string;
  };
  proceed: string;
  back: string;
}
