import { randomInt } from 'node:crypto';
import { Curve, generateSignalPubKey, type KeyPair, proto, signedKeyPair } from '@whiskeysockets/baileys';
import {
  type E2ESession,
  ProtocolAddress,
  SessionBuilder,
  SessionCipher,
  SessionRecord,
  type SignalStorage,
} from 'libsignal';
import { createTurns } from '../../../one-at-a-time.js';
import { bigEndian, type Node, node } from '../nodes.js';
import type { DeviceAddress, SignalKeys, Subscriber, UploadedBundle } from '../state.js';

/** Sessions kept per sender; older ones are of no use once the sender has started a new one. */
const SESSIONS_KEPT = 5;

export interface Signal {
  /** A fresh bundle for one session: registration, type, identity, one-time prekey, signed prekey. */
  bundle(): Node[];
  /** The same keys in the order and shape of a retry receipt. */
  retryKeys(): Node[];
  identity(): KeyPair;
  decrypt(from: DeviceAddress, type: string, ciphertext: Uint8Array): Promise<Buffer>;
  /** Encrypts on the established session; without one, `bundle` starts it. */
  encrypt(to: DeviceAddress, plain: Uint8Array, bundle: UploadedBundle): Promise<Sealed>;
  /** A new identity and no sessions: the app was installed again. */
  reset(): void;
}

export interface Sealed {
  type: 'msg' | 'pkmsg';
  ciphertext: Buffer;
}

/** The shape behind a serialised `SessionRecord`. */
interface Sessions {
  _sessions: Record<string, { indexInfo: { closed: number; used: number } }>;
}

const newKeys = (): SignalKeys => {
  const identity = Curve.generateKeyPair();
  return {
    registrationId: randomInt(1, 16_380),
    identity,
    signedPreKey: signedKeyPair(identity, 1),
    preKeys: [],
    nextPreKeyId: 1,
  };
};

const prefixed = (publicKey: Uint8Array) => Buffer.from(generateSignalPubKey(publicKey));
const asLibsignalPair = (pair: KeyPair) => ({
  privKey: Buffer.from(pair.private),
  pubKey: prefixed(pair.public),
});
const addressOf = (device: DeviceAddress) => new ProtocolAddress(device.user, device.device);

/** The Signal side of one handset; keys and sessions live in `subscriber` and are made when first needed. */
export function createSignal(subscriber: Subscriber): Signal {
  const keys = () => {
    subscriber.keys ??= newKeys();
    return subscriber.keys;
  };

  const storage: SignalStorage = {
    async loadSession(id) {
      const stored = subscriber.sessions[id];
      return stored === undefined ? undefined : SessionRecord.deserialize(JSON.parse(stored));
    },
    async storeSession(id, session) {
      subscriber.sessions[id] = JSON.stringify(session.serialize());
    },
    isTrustedIdentity: () => true,
    async loadPreKey(id) {
      const found = keys().preKeys.find((key) => key.keyId === Number(id));
      return found && asLibsignalPair(found.keyPair);
    },
    removePreKey(id) {
      keys().preKeys = keys().preKeys.filter((key) => key.keyId !== id);
    },
    loadSignedPreKey: () => asLibsignalPair(keys().signedPreKey.keyPair),
    getOurRegistrationId: () => keys().registrationId,
    getOurIdentity: () => asLibsignalPair(keys().identity),
  };

  /** Does silently what libsignal does while printing the whole session, private keys included. */
  const makeRoomFor = (id: string, baseKey: Uint8Array) => {
    const stored = subscriber.sessions[id];
    if (stored === undefined) return;
    const record = JSON.parse(stored) as Sessions;
    if (Buffer.from(baseKey).toString('base64') in record._sessions) return;
    const newest = Object.entries(record._sessions)
      .sort(([, a], [, b]) => b.indexInfo.used - a.indexInfo.used)
      .slice(0, SESSIONS_KEPT);
    for (const [, session] of newest) {
      if (session.indexInfo.closed === -1) session.indexInfo.closed = session.indexInfo.used;
    }
    subscriber.sessions[id] = JSON.stringify({ ...record, _sessions: Object.fromEntries(newest) });
  };

  const startSession = async (address: ProtocolAddress, bundle: UploadedBundle) => {
    // Without one, when all are used up, a session begins with the signed prekey alone.
    const preKey = bundle.preKeys.shift();
    const { keyId, value, signature } = bundle.signedPreKey;
    const device = {
      registrationId: bundle.registrationId,
      identityKey: prefixed(bundle.identity),
      signedPreKey: { keyId, publicKey: prefixed(value), signature },
      ...(preKey && { preKey: { keyId: preKey.keyId, publicKey: prefixed(preKey.value) } }),
    };
    await new SessionBuilder(storage, address).initOutgoing(device as E2ESession);
  };

  /** Sessions are read, changed and written back: one at a time. */
  const inTurn = createTurns();

  const newPreKey = () => {
    const preKey = { keyId: keys().nextPreKeyId++, keyPair: Curve.generateKeyPair() };
    keys().preKeys.push(preKey);
    return preKey;
  };

  const preKeyNodes = (): [Node, Node] => {
    const preKey = newPreKey();
    const { signedPreKey } = keys();
    const id = (keyId: number) => node('id', {}, bigEndian(keyId, 3));
    const value = (pair: KeyPair) => node('value', {}, Buffer.from(pair.public));
    return [
      node('key', {}, [id(preKey.keyId), value(preKey.keyPair)]),
      node('skey', {}, [
        id(signedPreKey.keyId),
        value(signedPreKey.keyPair),
        node('signature', {}, Buffer.from(signedPreKey.signature)),
      ]),
    ];
  };
  const registration = () => node('registration', {}, bigEndian(keys().registrationId, 4));
  const type = () => node('type', {}, Buffer.from([5]));
  const identityNode = () => node('identity', {}, Buffer.from(keys().identity.public));

  return {
    bundle: () => [registration(), type(), identityNode(), ...preKeyNodes()],
    retryKeys: () => [registration(), node('keys', {}, [type(), identityNode(), ...preKeyNodes()])],
    identity: () => keys().identity,
    decrypt: (from, type, ciphertext) =>
      inTurn(async () => {
        const address = addressOf(from);
        const cipher = new SessionCipher(storage, address);
        const sealed = Buffer.from(ciphertext);
        if (type !== 'pkmsg') return cipher.decryptWhisperMessage(sealed);
        const { baseKey } = proto.PreKeySignalMessage.decode(sealed.subarray(1));
        if (baseKey) makeRoomFor(address.toString(), baseKey);
        return cipher.decryptPreKeyWhisperMessage(sealed);
      }),
    encrypt: (to, plain, bundle) =>
      inTurn(async () => {
        const address = addressOf(to);
        if (subscriber.sessions[address.toString()] === undefined) await startSession(address, bundle);
        const sealed = await new SessionCipher(storage, address).encrypt(Buffer.from(plain));
        return { type: sealed.type === 3 ? 'pkmsg' : 'msg', ciphertext: Buffer.from(sealed.body, 'binary') };
      }),
    reset() {
      subscriber.keys = newKeys();
      subscriber.sessions = {};
    },
  };
}
