import { CODE_DOT } from '../../delivery/message-shapes.js';
import { ANY_LOCALE, parseLocale } from '../../typed/locale.js';
import { wholeMinutes } from '../code.js';
import { fill } from './fill.js';
import { isolated, type Language, languageOf } from './languages.js';
import type { OwnTexts } from './own-texts.js';
import { spokenIn } from './spoken-in.js';
import { WORDS } from './words.js';

export interface TextOrder {
  /** On whose behalf, as in `NewJob.caller`. */
  caller: string;
  /** The caller's word for the language (BCP 47); null: none was given. */
  locale: string | null;
  contact: { kind: 'phone' | 'email'; value: string };
  /** ASCII digits; they stay so in every language. */
  code: string;
  ttlMs: number;
  /** What the code is for, in the caller's words, at most 40 characters. */
  action: string | null;
}

export interface ComposedText {
  text: string;
  /** The text with a `CODE_DOT` for each digit of the code. */
  shape: string;
  /** For a mail only. */
  subject?: string;
  /** Null: the caller's or the operator's own template, in whatever language that is. */
  language: Language | null;
}

/** The texts around codes that somebody wants in a language, or that are about something. */
export interface Texts {
  /** In the language of `locale`, else of the number's country, else the default. */
  message(order: TextOrder): ComposedText;
  /** In which a person is spoken to: by the same rule. */
  languageFor(order: Pick<TextOrder, 'locale' | 'contact'>): Language;
}

/**
 * @param deps.appName at most 25 characters; null: the texts name nobody.
 * @param deps.template the operator's own, which takes the place of ours where no locale was given.
 */
export function createTexts(deps: {
  appName: string | null;
  template: string | null;
  defaultLanguage: Language;
  own: Pick<OwnTexts, 'of'>;
}): Texts {
  const { appName, template, defaultLanguage, own } = deps;

  const languageFor: Texts['languageFor'] = ({ locale, contact }) =>
    (locale === null ? null : languageOf(locale)) ??
    (contact.kind === 'phone' ? spokenIn(contact.value) : null) ??
    defaultLanguage;

  /** What the caller wrote, else the operator. Null: neither wrote anything for this language. */
  function ownWords(order: TextOrder): ComposedText | null {
    const { code, ttlMs, action, locale } = order;
    const found = callersOwn(order) ?? (locale === null ? template : null);
    if (found === null) return null;
    const lives = { minutes: wholeMinutes(ttlMs), seconds: Math.floor(ttlMs / 1_000) };
    const text = (shown: string) =>
      fill(found, { code: shown, ...lives, app: appName ?? '', action: action ?? '' });
    return { text: text(code), shape: text(CODE_DOT.repeat(code.length)), language: null };
  }

  function callersOwn({ caller, locale, contact }: TextOrder): string | null {
    const texts = own.of(caller);
    if (texts.size === 0) return null;
    const language = languageFor({ locale, contact });
    const tags = locale === null ? [language, ANY_LOCALE] : [...wider(locale), language];
    return tags.map((tag) => texts.get(tag)).find((text) => text !== undefined) ?? null;
  }

  function builtIn(order: TextOrder): ComposedText {
    const language = languageFor(order);
    const words = WORDS[language];
    const app = appName === null ? '' : isolated(appName, language);
    const form = appName === null ? 'unnamed' : 'named';
    const purpose = order.action === null ? '' : ` (${isolated(order.action, language)})`;
    const text = (code: string) =>
      fill(`${words[form]} ${words.rest}`, {
        code,
        app,
        for: purpose,
        life: lifeIn(language, order.ttlMs),
      });
    return {
      text: text(order.code),
      shape: text(CODE_DOT.repeat(order.code.length)),
      ...(order.contact.kind === 'email' && { subject: fill(words.subject[form], { app }) }),
      language,
    };
  }

  return {
    languageFor,
    message: (order) => ownWords(order) ?? builtIn(order),
  };
}

/** `zh-Hant-TW`, then `zh-Hant`, then `zh`. */
function wider(locale: string): string[] {
  const parts = parseLocale(locale)?.split('-') ?? [];
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'));
}

/** Whole minutes; below one, seconds. */
function lifeIn(language: Language, ttlMs: number): string {
  const inMinutes = ttlMs >= 60_000;
  const n = Math.floor(ttlMs / (inMinutes ? 60_000 : 1_000));
  const forms = WORDS[language][inMinutes ? 'minutes' : 'seconds'];
  return fill(forms[pluralRules(language).select(n)] ?? forms.other, { n });
}

const rules = new Map<Language, Intl.PluralRules>();

function pluralRules(language: Language): Intl.PluralRules {
  const made = rules.get(language) ?? new Intl.PluralRules(language);
  rules.set(language, made);
  return made;
}
