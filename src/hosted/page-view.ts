import type { Language } from '../otp/texts/languages.js';

/** All that the template shows, as it is to be read. */
export interface PageView {
  language: Language;
  direction: 'ltr' | 'rtl';
  /** Whose page it is, and what for. */
  caption: string | null;
  heading: string;
  /** Whether there is something left to do, and else how it ended. */
  tone: 'open' | 'good' | 'plain' | 'bad';
  /** Below the heading. */
  lines: string[];
  notice: { tone: 'good' | 'warning' | 'bad'; text: string } | null;
  code: { label: string; confirm: string } | null;
  left: Counted | null;
  again: { label: string; waiting: Counted | null } | null;
  instead: { heading: string; ways: { channel: string; label: string }[] } | null;
  write: WriteView | null;
  /** Where the page leads back to. */
  leave: { href: string; label: string; byItself: boolean } | null;
}

/** A sentence with a time in it that counts down. */
export interface Counted {
  before: string;
  /** Unix ms. */
  until: number;
  time: string;
  after: string;
}

export interface WriteView {
  /** Null: the page's own heading says so. */
  heading: string | null;
  how: string;
  open: string;
  link: string;
  qr: string;
  qrName: string;
  scan: string;
  byHand: string;
  text: string;
  nothing: string;
  kept: string;
}

/** The parts of a page that only says something. */
export const NOTHING: Omit<PageView, 'language' | 'direction' | 'caption' | 'heading' | 'tone' | 'lines'> = {
  notice: null,
  code: null,
  left: null,
  again: null,
  instead: null,
  write: null,
  leave: null,
};
