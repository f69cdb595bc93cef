import type { CodeRow } from '../../../database/schema.js';
import type { Routing } from '../route/route.js';
import { WRITTEN_ON } from '../written-on.js';
import { routeIn } from './code-rows.js';
import { invalid } from './refusals.js';
import type { VerificationOrder } from './verification.js';

/** What an order asks for: over which channels, and whether the person is to write first. */

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

type Asked = Pick<VerificationOrder, 'contact' | 'userFirst' | 'proof' | 'test'> & { route: string[] };

/** Throws fields_invalid for an order that nobody can fulfil. */
export function refuseContradictions({ contact, route, userFirst, proof }: Asked): void {
  const canWrite = contact.kind === 'phone' && route.includes(WRITTEN_ON);
  if (userFirst === 'only' && !canWrite) {
    throw invalid('userFirst', 'userFirst can only be "only" for a number with whatsapp in its route');
  }
  if (proof === 'message' && (!canWrite || userFirst === 'never')) {
    throw invalid('proof', 'proof can only be "message" where the person can write first over whatsapp');
  }
}

/**
 * Whether the person is asked to write first.
 * @param passedOver the channels that cannot push, of those that were tried.
 * @param mayPush as `SendsDeps.mayPush`, asked before anything was tried.
 */
export function asksToWrite(
  { userFirst, proof }: Asked,
  passedOver: { channel: string }[],
  mayPush: boolean,
): boolean {
  if (userFirst === 'only' || proof === 'message') return true;
  return !mayPush || passedOver.some(({ channel }) => channel === WRITTEN_ON);
}

/** Whether the person could be asked at all. */
export function canBeAsked({ contact, route, userFirst, test }: Asked): boolean {
  return !test && contact.kind === 'phone' && userFirst !== 'never' && route.includes(WRITTEN_ON);
}

/** Throws fields_invalid for a channel that its code is not sent again over. */
export function refuseChannel(row: CodeRow, channel: string): void {
  const route = routeIn(row);
  if (!route.includes(channel)) throw invalid('channel', `channel must be one of ${route.join(', ')}`);
  if (row.user_first !== 'only') return;
  throw invalid('channel', 'channel must be left out where only the person can begin');
}
