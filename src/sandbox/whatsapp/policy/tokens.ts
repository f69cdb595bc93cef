import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../clock.js';
import { bytes, child, lidJid, type Node, node, pnJid } from '../nodes.js';
import { type PostOffice, seconds, stanzaId } from '../post-office.js';
import type { Subscriber } from '../state.js';

/** Trusted-contact tokens: whoever writes to a number lets it write back, for some weeks. */
export interface Tokens {
  /** `owner` gets one from `peer`, issued at `at` (default: now), and its devices are told. */
  give(owner: Subscriber, peer: Subscriber, at?: number): void;
  /** `peer` has written to `owner`: gives a token as the settings say. */
  wrote(owner: Subscriber, peer: Subscriber): void;
  /** The stanza carries the live token that `owner` has for `peer`. */
  isShown(owner: Subscriber, peer: Subscriber, stanza: Node): boolean;
}

export interface TokenSettings {
  /** Whether whoever writes gives a token; some clients do not. */
  given: boolean;
  /** How long after the message the token comes. */
  delayMs: number;
  /** The lifetime: so many buckets of so many seconds, the first one already begun (AB props 909 and 865). */
  buckets: number;
  bucketSeconds: number;
}

export const TOKEN_SETTINGS: TokenSettings = { given: true, delayMs: 0, buckets: 4, bucketSeconds: 604_800 };

export function createTokens(deps: { post: PostOffice; clock: Clock; settings: TokenSettings }): Tokens {
  const { post, clock, settings } = deps;

  function give(owner: Subscriber, peer: Subscriber, at = clock.now()): void {
    const token = randomBytes(16);
    owner.tokens[peer.user] = { token, at };
    const attrs = {
      from: pnJid(peer.user),
      sender_lid: lidJid(peer.lid),
      type: 'privacy_token',
      id: stanzaId(),
    };
    for (const device of post.devicesOf(owner.user)) {
      const address = pnJid(device.user, device.device);
      const given = node('token', { type: 'trusted_contact', jid: address, t: seconds(at) }, token);
      post.deliver(device, node('notification', { ...attrs, t: seconds(at) }, [node('tokens', {}, [given])]));
    }
  }

  function isLive(at: number): boolean {
    const bucketMs = settings.bucketSeconds * 1_000;
    const bucket = (time: number) => Math.floor(time / bucketMs);
    return bucket(at) > bucket(clock.now()) - settings.buckets;
  }

  return {
    give,
    wrote(owner, peer) {
      if (!settings.given) return;
      if (settings.delayMs <= 0) give(owner, peer);
      else clock.after(settings.delayMs, () => give(owner, peer));
    },
    isShown(owner, peer, stanza) {
      const held = owner.tokens[peer.user];
      const shown = bytes(child(stanza, 'tctoken'));
      return held !== undefined && isLive(held.at) && shown.equals(held.token);
    },
  };
}
