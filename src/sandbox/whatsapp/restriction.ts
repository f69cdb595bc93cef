import { type Node, node } from './nodes.js';
import { notification, seconds } from './post-office.js';
import type { Subscriber } from './state.js';

/** The state of the reach-out restriction, in the words of WhatsApp's GraphQL answers. */
export function describeRestriction({ restriction }: Subscriber): Record<string, unknown> {
  if (!restriction) return { is_active: false, enforcement_type: 'DEFAULT' };
  return {
    is_active: true,
    enforcement_type: restriction.type,
    ...(restriction.until === null ? {} : { time_enforcement_ends: seconds(restriction.until) }),
  };
}

export function announceRestriction(subscriber: Subscriber, at: number): Node {
  const data = { xwa2_notify_account_reachout_timelock: describeRestriction(subscriber) };
  const content = Buffer.from(JSON.stringify({ data }));
  return notification('mex', at, [
    node('update', { op_name: 'NotificationUserReachoutTimelockUpdate' }, content),
  ]);
}
