import { Curve, hmacSign, type KeyPair, proto } from '@whiskeysockets/baileys';
import type { Clock } from '../../../clock.js';
import { streamError } from '../faults.js';
import { child, lidJid, node, pnJid, SERVER } from '../nodes.js';
import { type PostOffice, seconds, stanzaId } from '../post-office.js';
import type { Subscriber, UploadedBundle } from '../state.js';
import type { Connection, Hello } from '../wire/connection.js';

const ACCOUNT_SIGNATURE_PREFIX = Buffer.from([6, 0]);
/** "Restart required": how the server ends the connection that has just been linked. */
const RESTART = 515;

/** A companion that asked to be linked: its connection and the keys it brought. */
export interface Companion {
  connection: Connection;
  clientKey: Buffer;
  platform: string;
  bundle: UploadedBundle;
}

/** Throws when the hello is no registration. */
export function readCompanion(connection: Connection, { clientKey, payload }: Hello): Companion {
  const data = payload.devicePairingData;
  if (!data?.eIdent || !data.eRegid || !data.eSkeyVal || !data.eSkeyId || !data.eSkeySig) {
    throw new Error('The client neither logs in nor registers');
  }
  const props = proto.DeviceProps.decode(data.deviceProps ?? new Uint8Array());
  const number = (value: Uint8Array) => Buffer.from(value).readUIntBE(0, value.length);
  return {
    connection,
    clientKey,
    platform: props.os ?? '',
    bundle: {
      registrationId: number(data.eRegid),
      identity: data.eIdent,
      signedPreKey: { keyId: number(data.eSkeyId), value: data.eSkeyVal, signature: data.eSkeySig },
      preKeys: [],
    },
  };
}

export interface Linking {
  companion: Companion;
  owner: Subscriber;
  ownerIdentity: Pick<KeyPair, 'public' | 'private'>;
  /** The secret that proves to the companion that its own QR (or code) was used. */
  advSecret: Buffer;
  post: PostOffice;
  clock: Clock;
  answerTimeoutMs: number;
}

/** Sends `pair-success`, waits for the companion's signature, stores the device and asks for the restart. */
export async function link(linking: Linking): Promise<void> {
  const { companion, owner, post, clock } = linking;
  const device = owner.nextDevice;
  owner.nextDevice += 1;
  const identity = signedIdentity(linking, device);
  const answer = await companion.connection.ask(
    node('iq', { from: SERVER, type: 'set', id: stanzaId(), t: seconds(clock.now()) }, [
      node('pair-success', {}, [
        node('device-identity', {}, identity),
        node('biz', {}),
        node('device', { jid: pnJid(owner.user, device), lid: lidJid(owner.lid, device) }),
        node('platform', { name: 'android' }),
      ]),
    ]),
    linking.answerTimeoutMs,
  );
  if (!child(child(answer, 'pair-device-sign'), 'device-identity')) {
    throw new Error('The device answered without its signature');
  }
  post.add({
    user: owner.user,
    device,
    platform: companion.platform,
    linkedAt: clock.now(),
    clientKey: companion.clientKey,
    bundle: companion.bundle,
    synced: false,
    pending: [],
  });
  companion.connection.close(streamError(RESTART));
}

function signedIdentity({ companion, ownerIdentity, advSecret, clock }: Linking, keyIndex: number): Buffer {
  const details = proto.ADVDeviceIdentity.encode({
    rawId: companion.bundle.registrationId,
    timestamp: Math.floor(clock.now() / 1000),
    keyIndex,
  }).finish();
  const signed = Buffer.concat([ACCOUNT_SIGNATURE_PREFIX, details, companion.bundle.identity]);
  const identity = proto.ADVSignedDeviceIdentity.encode({
    details,
    accountSignatureKey: ownerIdentity.public,
    accountSignature: Curve.sign(ownerIdentity.private, signed),
  }).finish();
  return Buffer.from(
    proto.ADVSignedDeviceIdentityHMAC.encode({
      details: identity,
      hmac: hmacSign(identity, advSecret),
    }).finish(),
  );
}
