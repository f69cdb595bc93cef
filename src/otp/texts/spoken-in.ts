import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { Language } from './languages.js';

/** Where most people read one of the languages (ISO 3166-1 alpha-2). Countries of several others are left to the default. */
const COUNTRIES: Partial<Record<Language, string>> = {
  ar: 'AE BH DZ EG IQ JO KW LB LY MA MR OM PS QA SA SD SY TN YE',
  es: 'AR BO CL CO CR CU DO EC ES GQ GT HN MX NI PA PE PR PY SV UY VE',
  pt: 'AO BR CV GW MZ PT ST',
  id: 'ID',
  hi: 'IN',
  fr: 'BF BI BJ CD CF CG CI CM FR GA GF GN GP HT MC MG ML MQ NC NE PF PM RE SN TG WF YT',
  de: 'AT CH DE LI',
};

const SPOKEN_IN: ReadonlyMap<string, Language> = new Map(
  Object.entries(COUNTRIES).flatMap(([language, countries]) =>
    countries.split(' ').map((country): [string, Language] => [country, language as Language]),
  ),
);

/** The language of the country of a number. @param phone E.164. Null: none of ours is spoken by most people there. */
export function spokenIn(phone: string): Language | null {
  const country = parsePhoneNumberFromString(phone)?.country;
  return (country && SPOKEN_IN.get(country)) ?? null;
}
