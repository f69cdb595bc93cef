import type { Routing } from '../route/route.js';
import { invalid } from './refusals.js';
import type { VerificationOrder } from './verification.js';

type Wanted = Pick<VerificationOrder, 'channel' | 'route' | 'contact'>;

const KINDS = { phone: 'phone numbers', email: 'e-mail addresses' };

/** Returns what reads the channels of an order: those that it names, or those of every code to such a contact. */
export function routesOf(routing: Pick<Routing, 'routeTo' | 'reaches'>) {
  /** Throws fields_invalid. */
  return ({ channel, route, contact }: Wanted): string[] => {
    const wanted = route ?? (channel === null ? null : [channel]);
    if (wanted === null) return [...routing.routeTo(contact.kind)];
    const unfit = wanted.find((each) => !routing.reaches(each, contact.kind));
    if (unfit === undefined) return wanted;
    const field = route === null ? 'channel' : 'route';
    throw invalid(
      field,
      `${field} has "${unfit}", which is not set up here or does not reach ${KINDS[contact.kind]}`,
    );
  };
}
