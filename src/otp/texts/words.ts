import type { Language } from './languages.js';

/** How a number of something is said, by the plural categories of the language (CLDR). */
type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/**
 * A message's words. The code comes first, so that a locked screen shows it; together with a code of 10 digits, a name of
 * 25 characters and a purpose of 40 they are at most 160 characters. `{{for}}` is the purpose in brackets, or nothing.
 */
export interface Words {
  named: string;
  unnamed: string;
  /** How long the code is valid, and what to do if somebody else asked for it. */
  rest: string;
  minutes: Plural;
  seconds: Plural;
  /** Of a mail. Never contains the code. */
  subject: { named: string; unnamed: string };
}

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    named: '{{code}} is your {{app}} code{{for}}.',
    unnamed: '{{code}} is your verification code{{for}}.',
    rest: "Valid for {{life}}. If this wasn't you, ignore this message.",
    minutes: { one: '{{n}} minute', other: '{{n}} minutes' },
    seconds: { one: '{{n}} second', other: '{{n}} seconds' },
    subject: { named: 'Your {{app}} verification code', unnamed: 'Your verification code' },
  },
  ar: {
    named: '{{code}} هو رمز التحقق الخاص بك في {{app}}{{for}}.',
    unnamed: '{{code}} هو رمز التحقق الخاص بك{{for}}.',
    rest: 'صالح لمدة {{life}}. إذا لم تطلبه فتجاهل الرسالة.',
    minutes: { one: 'دقيقة واحدة', two: 'دقيقتين', few: '{{n}} دقائق', other: '{{n}} دقيقة' },
    seconds: { one: 'ثانية واحدة', two: 'ثانيتين', few: '{{n}} ثوانٍ', other: '{{n}} ثانية' },
    subject: { named: 'رمز التحقق الخاص بك في {{app}}', unnamed: 'رمز التحقق الخاص بك' },
  },
  es: {
    named: '{{code}} es tu código de {{app}}{{for}}.',
    unnamed: '{{code}} es tu código de verificación{{for}}.',
    rest: 'Válido por {{life}}. Si no fuiste tú, ignora el mensaje.',
    minutes: { one: '{{n}} minuto', other: '{{n}} minutos' },
    seconds: { one: '{{n}} segundo', other: '{{n}} segundos' },
    subject: { named: 'Tu código de verificación de {{app}}', unnamed: 'Tu código de verificación' },
  },
  pt: {
    named: '{{code}} é o seu código {{app}}{{for}}.',
    unnamed: '{{code}} é o seu código de verificação{{for}}.',
    rest: 'Válido por {{life}}. Se não foi você, ignore a mensagem.',
    minutes: { one: '{{n}} minuto', other: '{{n}} minutos' },
    seconds: { one: '{{n}} segundo', other: '{{n}} segundos' },
    subject: { named: 'Seu código de verificação {{app}}', unnamed: 'Seu código de verificação' },
  },
  id: {
    named: '{{code}} adalah kode {{app}} Anda{{for}}.',
    unnamed: '{{code}} adalah kode verifikasi Anda{{for}}.',
    rest: 'Berlaku {{life}}. Jika bukan Anda, abaikan pesan ini.',
    minutes: { other: '{{n}} menit' },
    seconds: { other: '{{n}} detik' },
    subject: { named: 'Kode verifikasi {{app}} Anda', unnamed: 'Kode verifikasi Anda' },
  },
  hi: {
    named: '{{code}} आपका {{app}} कोड है{{for}}।',
    unnamed: '{{code}} आपका सत्यापन कोड है{{for}}।',
    rest: '{{life}} तक मान्य। अगर आपने इसे नहीं माँगा, तो इसे अनदेखा करें।',
    minutes: { other: '{{n}} मिनट' },
    seconds: { other: '{{n}} सेकंड' },
    subject: { named: 'आपका {{app}} सत्यापन कोड', unnamed: 'आपका सत्यापन कोड' },
  },
  fr: {
    named: '{{code}} est votre code {{app}}{{for}}.',
    unnamed: '{{code}} est votre code de vérification{{for}}.',
    rest: "Valable {{life}}. Si ce n'est pas vous, ignorez-le.",
    minutes: { one: '{{n}} minute', other: '{{n}} minutes' },
    seconds: { one: '{{n}} seconde', other: '{{n}} secondes' },
    subject: { named: 'Votre code de vérification {{app}}', unnamed: 'Votre code de vérification' },
  },
  de: {
    named: '{{code}} ist Ihr Code für {{app}}{{for}}.',
    unnamed: '{{code}} ist Ihr Bestätigungscode{{for}}.',
    rest: '{{life}} gültig. Nicht angefordert? Bitte ignorieren.',
    minutes: { one: '{{n}} Minute', other: '{{n}} Minuten' },
    seconds: { one: '{{n}} Sekunde', other: '{{n}} Sekunden' },
    subject: { named: 'Ihr Bestätigungscode für {{app}}', unnamed: 'Ihr Bestätigungscode' },
  },
};
