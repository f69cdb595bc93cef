import { randomBytes } from 'node:crypto';
import {
  aesDecryptCTR,
  aesDecryptGCM,
  aesEncryptCTR,
  Curve,
  derivePairingCodeKey,
  hkdf,
  type KeyPair,
} from '@whiskeysockets/baileys';
import type { Clock } from '../../../clock.js';
import { bytes, child, type Node, node, parseJid } from '../nodes.js';
import { notification } from '../post-office.js';
import type { Connection } from '../wire/connection.js';

/** One attempt to link with a code: what the companion said, and where its last message goes. */
export interface CodePairing {
  user: string;
  /** Salt (32), IV (16), the companion's ephemeral key under the code (32). */
  wrappedEphemeral: Buffer;
  ref: Buffer;
  finish(request: Node): void;
  finished: Promise<Node>;
  abandon(): void;
}

export function readCompanionHello(request: Node): CodePairing {
  let finish: (request: Node) => void = () => {};
  let abandon: () => void = () => {};
  const finished = new Promise<Node>((resolve, reject) => {
    finish = resolve;
    abandon = () => reject(new Error('The device closed the connection'));
  });
  // The connection may close before anything awaits it.
  finished.catch(() => {});
  return {
    user: parseJid(request.attrs.jid)?.user ?? '',
    wrappedEphemeral: bytes(child(request, 'link_code_pairing_wrapped_companion_ephemeral_pub')),
    ref: randomBytes(24),
    finish,
    finished,
    abandon,
  };
}

export interface CodeEntry {
  pairing: CodePairing;
  connection: Connection;
  identity: Pick<KeyPair, 'public' | 'private'>;
  clock: Clock;
  answerTimeoutMs: number;
}

/** The phone's part after a code was typed. Resolves with the shared ADV secret; rejects for a wrong code. */
export async function agreeOnSecret(code: string, entry: CodeEntry): Promise<Buffer> {
  const { pairing, connection, identity, clock } = entry;
  const wrapped = pairing.wrappedEphemeral;
  const companionKey = await derivePairingCodeKey(code, wrapped.subarray(0, 32));
  const companionEphemeral = aesDecryptCTR(wrapped.subarray(48, 80), companionKey, wrapped.subarray(32, 48));

  const ephemeral = Curve.generateKeyPair();
  const salt = randomBytes(32);
  const iv = randomBytes(16);
  const sealed = aesEncryptCTR(ephemeral.public, await derivePairingCodeKey(code, salt), iv);
  const reply = (tag: string, content: Uint8Array) => node(tag, {}, Buffer.from(content));
  connection.send(
    notification('link_code_companion_reg', clock.now(), [
      node('link_code_companion_reg', { stage: 'primary_hello' }, [
        reply('link_code_pairing_wrapped_primary_ephemeral_pub', Buffer.concat([salt, iv, sealed])),
        reply('primary_identity_pub', identity.public),
        reply('link_code_pairing_ref', pairing.ref),
      ]),
    ]),
  );

  const request = await withTimeout(pairing.finished, entry);
  const bundle = bytes(child(request, 'link_code_pairing_wrapped_key_bundle'));
  const shared = Curve.sharedKey(ephemeral.private, companionEphemeral);
  const { companionIdentity, random } = openBundle(bundle, shared);
  const identities = Curve.sharedKey(identity.private, companionIdentity);
  return Buffer.from(hkdf(Buffer.concat([shared, identities, random]), 32, { info: 'adv_secret' }));
}

/** Salt (32), IV (12), and under AES-GCM: companion identity, primary identity, random; 32 bytes each. */
function openBundle(bundle: Buffer, shared: Buffer): { companionIdentity: Buffer; random: Buffer } {
  const info = 'link_code_pairing_key_bundle_encryption_key';
  const key = Buffer.from(hkdf(shared, 32, { salt: bundle.subarray(0, 32), info }));
  try {
    const plain = aesDecryptGCM(bundle.subarray(44), key, bundle.subarray(32, 44), Buffer.alloc(0));
    return { companionIdentity: plain.subarray(0, 32), random: plain.subarray(64, 96) };
  } catch (cause) {
    throw new Error('The pairing code is wrong', { cause });
  }
}

function withTimeout(finished: Promise<Node>, { clock, answerTimeoutMs }: CodeEntry): Promise<Node> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(answerTimeoutMs, () => reject(new Error('The device did not answer')));
    finished.then(resolve, reject).finally(() => timer.cancel());
  });
}
