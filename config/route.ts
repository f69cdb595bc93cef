import { listed } from './fields.js';

/** What can be in a route to a phone. */
const TO_PHONES = ['whatsapp', 'sms'];
const MOST = 3;

/** CODE_ROUTE: names of channels. */
export const codeRoute = listed
  .transform((names) => names.map((name) => name.toLowerCase()))
  .refine(
    (names) => names.length > 0 && names.every((name) => TO_PHONES.includes(name)),
    `must be channels to phones with commas between them: ${TO_PHONES.join(', ')} (addresses always take e-mail)`,
  )
  .refine((names) => new Set(names).size === names.length, 'must name each channel once')
  .refine((names) => names.length <= MOST, `must name at most ${MOST} channels`);

/** The channels of a route that are not set up. @param configured beside WhatsApp, which always is. */
export function unconfigured(route: string[], configured: string[]): string[] {
  return route.filter((name) => name !== 'whatsapp' && !configured.includes(name));
}
