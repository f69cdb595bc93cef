import type { Language } from '../../otp/texts/languages.js';
import { ar } from './ar.js';
import { de } from './de.js';
import { en } from './en.js';
import { es } from './es.js';
import { fr } from './fr.js';
import { hi } from './hi.js';
import { id } from './id.js';
import type { PageWords } from './page-words.js';
import { pt } from './pt.js';

export const WORDS: Readonly<Record<Language, PageWords>> = { en, ar, es, pt, id, hi, fr, de };
