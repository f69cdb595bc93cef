import type { Proof } from '../../../database/schema.js';
import { inDraft } from './link.js';
import { shownToken } from './token.js';

/**
 * What stands in the chat before the person presses Send, and what answers a number that was confirmed by it. `{app}` and
 * `{for}` (what it is for, in the caller's words) may be empty.
 */
const WORDS = {
  en: {
    code: 'Please send me my code{app}{for}. Request: {token}',
    message: 'I confirm that this is my number{app}{for}. Request: {token}',
    app: ' for {name}',
    confirmed: 'Your number is confirmed{app}{for}. You can go back now. Was it not you? Answer {no}.',
    no: 'NO',
  },
  ar: {
    code: 'أرجو إرسال الرمز الخاص بي{app}{for}. الطلب: {token}',
    message: 'أؤكد أن هذا رقمي{app}{for}. الطلب: {token}',
    app: ' في {name}',
    confirmed: 'تم تأكيد رقمك{app}{for}. يمكنك العودة الآن. لم تكن أنت؟ أجب بكلمة {no}.',
    no: 'لا',
  },
  es: {
    code: 'Por favor, envíame mi código{app}{for}. Solicitud: {token}',
    message: 'Confirmo que este es mi número{app}{for}. Solicitud: {token}',
    app: ' para {name}',
    confirmed: 'Tu número está confirmado{app}{for}. Ya puedes volver. ¿No fuiste tú? Responde {no}.',
    no: 'NO',
  },
  pt: {
    code: 'Por favor, envie o meu código{app}{for}. Pedido: {token}',
    message: 'Confirmo que este é o meu número{app}{for}. Pedido: {token}',
    app: ' para {name}',
    confirmed: 'O seu número foi confirmado{app}{for}. Já pode voltar. Não foi você? Responda {no}.',
    no: 'NÃO',
  },
  id: {
    code: 'Tolong kirimkan kode saya{app}{for}. Permintaan: {token}',
    message: 'Saya menyatakan bahwa ini nomor saya{app}{for}. Permintaan: {token}',
    app: ' untuk {name}',
    confirmed: 'Nomor Anda sudah dikonfirmasi{app}{for}. Silakan kembali. Bukan Anda? Balas {no}.',
    no: 'TIDAK',
  },
  hi: {
    code: 'कृपया मुझे मेरा कोड{app}{for} भेजें। अनुरोध: {token}',
    message: 'मैं पुष्टि करता/करती हूँ कि यह मेरा नंबर है{app}{for}। अनुरोध: {token}',
    app: ' ({name})',
    confirmed: 'आपके नंबर की पुष्टि हो गई है{app}{for}। अब आप वापस जा सकते हैं। यह आप नहीं थे? {no} लिखकर भेजें।',
    no: 'नहीं',
  },
  fr: {
    code: 'Merci de m’envoyer mon code{app}{for}. Demande : {token}',
    message: 'Je confirme que ce numéro est le mien{app}{for}. Demande : {token}',
    app: ' pour {name}',
    confirmed:
      'Votre numéro est confirmé{app}{for}. Vous pouvez revenir. Ce n’était pas vous ? Répondez {no}.',
    no: 'NON',
  },
  de: {
    code: 'Bitte schickt mir meinen Code{app}{for}. Anfrage: {token}',
    message: 'Ich bestätige, dass das meine Nummer ist{app}{for}. Anfrage: {token}',
    app: ' für {name}',
    confirmed:
      'Ihre Nummer ist bestätigt{app}{for}. Sie können jetzt zurückkehren. Waren Sie das nicht? Antworten Sie {no}.',
    no: 'NEIN',
  },
} as const;

export type DraftLanguage = keyof typeof WORDS;

/** What a draft is about. */
export interface Subject {
  language: DraftLanguage;
  /** Null: it names nobody. */
  appName: string | null;
  /** In the caller's words; null: not said. */
  action: string | null;
}

const MAX_APP_NAME = 40;
const MAX_ACTION = 40;

/** What the person sends: at most 200 characters, with the token at its end. */
export function draftOf(subject: Subject, proof: Proof, token: string): string {
  return filled(WORDS[subject.language][proof], subject, { token: shownToken(token) });
}

/** What a person reads whose own message has confirmed the number. */
export function confirmationOf(subject: Subject): string {
  const { confirmed, no } = WORDS[subject.language];
  return filled(confirmed, subject, { no });
}

function filled(text: string, subject: Subject, more: Record<string, string>): string {
  const { language } = subject;
  const name = inDraft(subject.appName ?? '', MAX_APP_NAME);
  const action = inDraft(subject.action ?? '', MAX_ACTION);
  const places: Record<string, string> = {
    app: name === '' ? '' : WORDS[language].app.replace('{name}', () => isolated(name, language)),
    for: action === '' ? '' : ` (${isolated(action, language)})`,
  };
  for (const [place, value] of Object.entries(more)) places[place] = isolated(value, language);
  return text.replace(/\{(\w+)\}/g, (_, place: string) => places[place] ?? '');
}

/** So that its direction does not disturb the sentence around it (UAX 9, 2.7). */
function isolated(text: string, language: DraftLanguage): string {
  const isForeign =
    language === 'ar' ? /[A-Za-z\d]/.test(text) : /[\p{Script=Arabic}\p{Script=Hebrew}]/u.test(text);
  return isForeign ? `\u2068${text}\u2069` : text;
}
