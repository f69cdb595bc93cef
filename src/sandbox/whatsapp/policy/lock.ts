import { type Node, node } from '../nodes.js';
import { notification, seconds } from '../post-office.js';
import type { Restriction, Subscriber } from '../state.js';

/** The restriction that holds now; one whose end has passed no longer does. */
export function restrictionOf({ restriction }: Subscriber, now: number): Restriction | null {
  return restriction && (restriction.until === null || restriction.until > now) ? restriction : null;
}

/** The state of the reach-out restriction, in the words of WhatsApp's GraphQL answers. */
export function describeRestriction(subscriber: Subscriber, now: number): Record<string, unknown> {
  const restriction = restrictionOf(subscriber, now);
  if (!restriction) return { is_active: false, enforcement_type: 'DEFAULT' };
  return {
    is_active: true,
    enforcement_type: restriction.type,
    ...(restriction.until === null ? {} : { time_enforcement_ends: seconds(restriction.until) }),
  };
}

export function announceRestriction(subscriber: Subscriber, now: number): Node {
  const data = { xwa2_notify_account_reachout_timelock: describeRestriction(subscriber, now) };
  return mexNotification('NotificationUserReachoutTimelockUpdate', data, now);
}

/** What WhatsApp tells a device of its own accord, as GraphQL. */
export function mexNotification(name: string, data: Record<string, unknown>, now: number): Node {
  const content = Buffer.from(JSON.stringify({ data }));
  return notification('mex', now, [node('update', { op_name: name }, content)]);
}
