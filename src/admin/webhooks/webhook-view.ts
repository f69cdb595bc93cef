import { isoOrNull } from '../../clock.js';
import { type Endpoint, EVENT_TYPES } from '../../webhooks/index.js';
import { badge } from '../badges.js';
import { type CallerNames, callerWords } from '../callers/caller-names.js';

const PATH = '/admin/integrations/webhooks';

const DISABLED_WORDS: Record<NonNullable<Endpoint['disabled']>['why'], string> = {
  operator: 'Nothing is sent to it until it is enabled again.',
  gone: 'It answered 410 Gone: whoever it belongs to wants no more.',
  failing: 'Nothing had arrived for five days.',
};

/** What an endpoint can hear of, each with what it means. */
const EVENT_WORDS: Record<(typeof EVENT_TYPES)[number], string> = {
  'code.accepted': 'a code was taken, and is stored',
  'code.sent': 'the other side took it',
  'code.delivered': 'it is on the handset',
  'code.read': 'the person has seen it',
  'code.failed': 'a channel could not send it',
  'code.expired': 'its time was over before it was sent',
  'code.refused': 'a request for a code was refused (429, 503)',
  'verification.approved': 'the right code came back',
  'verification.canceled': 'it was ended early',
  'verification.expired': 'the right code did not come back in time',
  'verification.max_checks': 'too many wrong codes came back',
  'verification.sender_mismatch': 'its text came from another number',
  'sender.state_changed': 'WhatsApp connected, disconnected or was restricted',
  'channel.obstacle': 'a channel cannot send, or can again',
};

/** The checkboxes of both forms. @param chosen null: all, which no checkbox stands for. */
export function eventChoices(chosen: readonly string[] | null) {
  return EVENT_TYPES.map((type) => ({
    type,
    words: EVENT_WORDS[type],
    isChosen: chosen?.includes(type) ?? false,
  }));
}

/** An endpoint as JSON, without its secret. */
export function shownWebhook(endpoint: Endpoint) {
  const { id, caller, url, events, fullNumbers, disabled } = endpoint;
  return {
    id,
    caller,
    url,
    events,
    fullNumbers,
    state: stateOf(endpoint),
    createdAt: isoOrNull(endpoint.createdAt),
    formerUntil: isoOrNull(endpoint.formerSecretUntil),
    failingSince: isoOrNull(endpoint.failingSince),
    arrivedAt: isoOrNull(endpoint.arrivedAt),
    disabledAt: isoOrNull(disabled?.at ?? null),
    disabledFor: disabled?.why ?? null,
  };
}

/** A line of the list. */
export function webhookRow(endpoint: Endpoint, names: CallerNames) {
  const { host, pathname } = new URL(endpoint.url);
  return {
    ...shownWebhook(endpoint),
    badge: badge(stateOf(endpoint)),
    href: `${PATH}/${encodeURIComponent(endpoint.id)}`,
    host,
    rest: pathname === '/' ? '' : pathname,
    callerName: callerWords(endpoint.caller, names),
    hears: endpoint.events?.join(', ') ?? 'all events',
  };
}

/** The same webhook on its own page. */
export function webhookPage(endpoint: Endpoint, names: CallerNames) {
  const { disabled } = endpoint;
  return {
    ...webhookRow(endpoint, names),
    api: `/admin/api/integrations/webhooks/${encodeURIComponent(endpoint.id)}`,
    isEnabled: disabled === null,
    whyDisabled: disabled && DISABLED_WORDS[disabled.why],
    choices: eventChoices(endpoint.events),
  };
}

function stateOf({ disabled, failingSince }: Endpoint): 'active' | 'failing' | 'disabled' {
  if (disabled !== null) return 'disabled';
  return failingSince === null ? 'active' : 'failing';
}
