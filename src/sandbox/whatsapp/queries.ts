import type { Clock } from '../../clock.js';
import type { Directory } from './directory.js';
import type { Faults, QueryKind } from './faults.js';
import { emptyCollections } from './handset/history.js';
import { bytes, child, children, failure, type Node, node, result, text, uint } from './nodes.js';
import { describeCap } from './policy/cap.js';
import { describeRestriction } from './policy/lock.js';
import type { TokenSettings } from './policy/tokens.js';
import type { PostOffice } from './post-office.js';
import type { Device, Subscriber } from './state.js';
import { answerUsync } from './usync.js';
import type { Connection } from './wire/connection.js';

/** GraphQL query ids. Baileys 7.0.0-rc14 sends the older one of the cap; WhatsApp Web has moved on. */
const MEX_KINDS: Record<string, QueryKind> = {
  '23983697327930364': 'timelock',
  '27910975521856601': 'capping',
  '24503548349331633': 'capping-older',
};
/** What the variables of a query have to ask for. */
const CAPPING_TYPES: Partial<Record<QueryKind, string>> = {
  capping: 'INDIVIDUAL_NEW_CHAT_THREAD',
  'capping-older': 'INDIVIDUAL_NEW_CHAT_MSG',
};

export interface QueriesParts {
  directory: Directory;
  post: PostOffice;
  clock: Clock;
  faults(): Faults;
  tokens: TokenSettings;
  bundleOf(subscriber: Subscriber): Node[];
  /** A device has logged in and wants its stanzas. */
  onActive(device: Device): void;
}

/** Answers a logged-in device's iq stanzas; unknown ones get an empty result. */
export interface Queries {
  /** How many of this kind there were, answered or not. */
  count(kind: QueryKind): number;
  answer(device: Device, connection: Connection, stanza: Node): void;
}

export function createQueries(parts: QueriesParts): Queries {
  const { directory, post, clock, faults, onActive } = parts;
  const counts: Partial<Record<QueryKind, number>> = {};

  const contentFor = (device: Device, stanza: Node): Node[] | undefined => {
    switch (stanza.attrs.xmlns) {
      case 'encrypt':
        return answerEncrypt(parts, device, stanza);
      case 'usync':
        return answerUsync(directory, post, stanza);
      case 'w:mex':
        return answerMex(directory.get(device.user), stanza, clock.now());
      case 'abt':
        return [propsOf(parts.tokens)];
      case 'blocklist':
        return [node('list')];
      case 'privacy':
        return stanza.attrs.type === 'get' ? [node('privacy')] : undefined;
      case 'w:sync:app:state':
        return [emptyCollections(child(stanza, 'sync'))];
      case 'passive':
        if (child(stanza, 'active')) onActive(device);
        return undefined;
      case 'md':
        if (child(stanza, 'remove-companion-device')) post.remove(device);
        return undefined;
      default:
        return undefined;
    }
  };

  return {
    count: (kind) => counts[kind] ?? 0,
    answer(device, connection, stanza) {
      const { id, type } = stanza.attrs;
      if (!id || (type !== 'get' && type !== 'set')) return;
      const kind = kindOf(stanza);
      counts[kind] = (counts[kind] ?? 0) + 1;
      if (faults().rules.ignoreQueries.take((kinds) => kinds.includes(kind))) return;
      const failed = faults().rules.failQueries.take(({ kinds }) => kinds.includes(kind));
      if (failed) return connection.send(failure(id, failed.code, 'refused by the simulation'));
      connection.send(result(id, contentFor(device, stanza)));
    },
  };
}

function kindOf(stanza: Node): QueryKind {
  const { xmlns, type } = stanza.attrs;
  if (xmlns === 'w:p') return 'ping';
  if (xmlns === 'usync') {
    const query = child(child(stanza, 'usync'), 'query');
    if (child(query, 'contact')) return 'contact';
    return child(query, 'devices') ? 'devices' : 'other';
  }
  if (xmlns === 'w:mex') return MEX_KINDS[child(stanza, 'query')?.attrs.query_id ?? ''] ?? 'other';
  if (xmlns === 'abt') return 'props';
  if (xmlns !== 'encrypt') return 'other';
  if (type === 'set') return child(stanza, 'list') ? 'prekey-upload' : 'other';
  if (child(stanza, 'count')) return 'prekey-count';
  return child(stanza, 'key') ? 'prekeys' : 'other';
}

function answerEncrypt(
  { directory, bundleOf }: QueriesParts,
  device: Device,
  stanza: Node,
): Node[] | undefined {
  if (stanza.attrs.type === 'set') {
    takeUpload(device, stanza);
    return undefined;
  }
  if (child(stanza, 'count')) {
    return [node('count', { value: String(device.bundle.preKeys.length) })];
  }
  if (child(stanza, 'digest')) return [node('digest')];
  const users = children(child(stanza, 'key'), 'user').map(({ attrs: { jid = '' } }) => {
    const subscriber = directory.find(jid);
    const known = subscriber?.onWhatsApp
      ? bundleOf(subscriber)
      : [node('error', { code: '404', text: 'not-found' })];
    return node('user', { jid }, known);
  });
  return [node('list', {}, users)];
}

/** A first upload carries everything; a rotation only the signed prekey. */
function takeUpload({ bundle }: Device, stanza: Node): void {
  const idOf = (key: Node) => uint(child(key, 'id'));
  for (const key of children(child(stanza, 'list'), 'key')) {
    bundle.preKeys.push({ keyId: idOf(key), value: bytes(child(key, 'value')) });
  }
  const signed = child(stanza, 'skey') ?? child(child(stanza, 'rotate'), 'skey');
  if (!signed) return;
  bundle.signedPreKey = {
    keyId: idOf(signed),
    value: bytes(child(signed, 'value')),
    signature: bytes(child(signed, 'signature')),
  };
}

function answerMex(subscriber: Subscriber, stanza: Node, now: number): Node[] {
  const kind = kindOf(stanza);
  if (kind === 'timelock')
    return [
      mexResult({ data: { xwa2_fetch_account_reachout_timelock: describeRestriction(subscriber, now) } }),
    ];
  const { variables } = JSON.parse(text(child(stanza, 'query')) || '{}') as {
    variables?: { input?: { type?: string } };
  };
  const wanted = CAPPING_TYPES[kind];
  if (wanted !== undefined && variables?.input?.type === wanted)
    return [mexResult({ data: { xwa2_message_capping_info: describeCap(subscriber, now) } })];
  return [mexResult({ errors: [{ message: 'Bad request', extensions: { error_code: 400 } }] })];
}

const mexResult = (answer: Record<string, unknown>): Node =>
  node('result', {}, Buffer.from(JSON.stringify(answer)));

/** Of the settings of clients, those about trusted-contact tokens. */
function propsOf({ bucketSeconds, buckets }: TokenSettings): Node {
  const props = { 865: String(bucketSeconds), 909: String(buckets) };
  return node(
    'props',
    { protocol: '1', hash: 'simulated' },
    Object.entries(props).map(([code, value]) => node('prop', { config_code: code, config_value: value })),
  );
}
