import { composeMessage, composeShape, withSentence } from './code.js';
import { VERIFICATION, type Wording } from './route/route.js';
import type { Texts } from './texts/index.js';

/**
 * The words around every code: of a verification or a hook, and where a language was named, those of that language, else
 * the template's.
 */
export function createWording(deps: { messageTemplate: string; texts: Pick<Texts, 'message'> }): Wording {
  const { messageTemplate, texts } = deps;

  return ({ caller, purpose, contact, code, locale, action, sentence }, ttlMs) => {
    if (locale !== null || purpose === VERIFICATION || caller.startsWith('hook:')) {
      const { language: _, ...text } = texts.message({ caller, locale, contact, code, ttlMs, action });
      return text;
    }
    const template = sentence === null ? messageTemplate : withSentence(messageTemplate, sentence);
    return {
      text: composeMessage(template, code, ttlMs),
      shape: composeShape(template, code.length, ttlMs),
    };
  };
}
