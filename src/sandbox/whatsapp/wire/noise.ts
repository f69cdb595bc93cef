import { createHash } from 'node:crypto';
import { aesDecryptGCM, aesEncryptGCM, Curve, hkdf, type KeyPair, proto } from '@whiskeysockets/baileys';

/** Noise_XX_25519_AESGCM_SHA256, the responder's side, with WhatsApp's prologue. */
const MODE = Buffer.from('Noise_XX_25519_AESGCM_SHA256\0\0\0\0');
const PROLOGUE = Buffer.from([0x57, 0x41, 6, 3]);
const NOTHING = Buffer.alloc(0);

export interface ServerIdentity {
  staticKey: KeyPair;
  /** An encoded `CertChain`. */
  certificate: Uint8Array;
}

export interface Transport {
  encrypt(plain: Uint8Array): Buffer;
  decrypt(sealed: Uint8Array): Buffer;
}

export interface NoiseResponder {
  /** Takes the client's hello and returns the server's. */
  answer(hello: Uint8Array): Uint8Array;
  /** Takes the client's last handshake message. Throws when it was not made for this handshake. */
  finish(message: Uint8Array): { clientKey: Buffer; payload: Buffer; transport: Transport };
}

const sha256 = (...parts: Uint8Array[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

const nonce = (counter: number) => {
  const iv = Buffer.alloc(12);
  iv.writeUInt32BE(counter, 8);
  return iv;
};

export function createNoiseResponder(identity: ServerIdentity): NoiseResponder {
  const ephemeral = Curve.generateKeyPair();
  // The mode is 32 bytes long and therefore used as it is; the prologue and everything after it are hashed in.
  let hash: Buffer = sha256(MODE, PROLOGUE);
  let salt: Buffer = MODE;
  let key: Buffer = MODE;
  let counter = 0;
  let clientEphemeral: Uint8Array = NOTHING;

  const authenticate = (data: Uint8Array) => {
    hash = sha256(hash, data);
  };
  const derive = (secret: Uint8Array): [Buffer, Buffer] => {
    const derived = Buffer.from(hkdf(Buffer.from(secret), 64, { salt, info: '' }));
    return [derived.subarray(0, 32), derived.subarray(32)];
  };
  const mix = (secret: Uint8Array) => {
    [salt, key] = derive(secret);
    counter = 0;
  };
  const encrypt = (plain: Uint8Array) => {
    const sealed = aesEncryptGCM(plain, key, nonce(counter++), hash);
    authenticate(sealed);
    return sealed;
  };
  const decrypt = (sealed: Uint8Array) => {
    const plain = aesDecryptGCM(sealed, key, nonce(counter++), hash);
    authenticate(sealed);
    return plain;
  };

  return {
    answer(message) {
      const hello = proto.HandshakeMessage.decode(message).clientHello;
      if (!hello?.ephemeral) throw new Error('The first handshake message is not a client hello');
      clientEphemeral = hello.ephemeral;
      authenticate(clientEphemeral);
      authenticate(ephemeral.public);
      mix(Curve.sharedKey(ephemeral.private, clientEphemeral));
      const staticKey = encrypt(identity.staticKey.public);
      mix(Curve.sharedKey(identity.staticKey.private, clientEphemeral));
      const payload = encrypt(identity.certificate);
      return proto.HandshakeMessage.encode({
        serverHello: { ephemeral: ephemeral.public, static: staticKey, payload },
      }).finish();
    },
    finish(message) {
      const end = proto.HandshakeMessage.decode(message).clientFinish;
      if (!end?.static || !end.payload)
        throw new Error('The second handshake message is not a client finish');
      const clientKey = decrypt(end.static);
      mix(Curve.sharedKey(ephemeral.private, clientKey));
      const payload = decrypt(end.payload);
      const [reading, writing] = derive(NOTHING);
      return { clientKey, payload, transport: createTransport(reading, writing) };
    },
  };
}

function createTransport(readingKey: Buffer, writingKey: Buffer): Transport {
  let read = 0;
  let written = 0;
  return {
    encrypt: (plain) => aesEncryptGCM(plain, writingKey, nonce(written++), NOTHING),
    decrypt: (sealed) => aesDecryptGCM(sealed, readingKey, nonce(read++), NOTHING),
  };
}

/** A server key with a certificate chain of its own: root, intermediate, leaf. */
export function createServerIdentity(): ServerIdentity {
  const root = Curve.generateKeyPair();
  const intermediate = Curve.generateKeyPair();
  const staticKey = Curve.generateKeyPair();
  const Details = proto.CertChain.NoiseCertificate.Details;
  const signed = (signer: KeyPair, details: Uint8Array) => ({
    details,
    signature: Curve.sign(signer.private, details),
  });
  const certificate = proto.CertChain.encode({
    intermediate: signed(
      root,
      Details.encode({ serial: 1, issuerSerial: 0, key: intermediate.public }).finish(),
    ),
    leaf: signed(
      intermediate,
      Details.encode({ serial: 2, issuerSerial: 1, key: staticKey.public }).finish(),
    ),
  }).finish();
  return { staticKey, certificate };
}
