import type { Clock } from '../../clock.js';
import type { Faults } from './faults.js';
import { streamError } from './faults.js';
import type { HandsetInside } from './handset/handset.js';
import { link } from './linking/linking.js';
import { agreeOnSecret } from './linking/pairing-code.js';
import type { Registration, RegistrationDesk } from './linking/registration.js';
import { e164, node } from './nodes.js';
import { announceCap } from './policy/cap.js';
import { announceRestriction } from './policy/lock.js';
import { notification, type PostOffice } from './post-office.js';
import type { Cap } from './state.js';

export interface LinkedDevice {
  device: number;
  platform: string;
  /** ISO 8601. */
  linkedAt: string;
  connected: boolean;
}

/** What the owner of a number does on the phone that links devices. */
export interface Phone {
  /** E.164 with `+`. */
  readonly number: string;
  /**
   * Scans a QR, given as the string behind it. Resolves with `linked` once the device has confirmed and was told to
   * restart, or with `refresh_requested` when the server asked for a QR with a new secret (see the faults).
   * Rejects when no waiting connection shows this QR, or when the device does not confirm.
   */
  scan(qr: string): Promise<'linked' | 'refresh_requested'>;
  /** Types the code of a pairing by code that was started for this number. Rejects for a wrong code. */
  enterPairingCode(code: string): Promise<void>;
  /** "Log out" for all linked devices: live connections get 401, the old credentials are refused from now on. */
  unlinkDevices(): void;
  linkedDevices(): LinkedDevice[];
  /**
   * WhatsApp restricts the number: new chats get error 463, and the restriction can be queried. `until`: Unix ms of the
   * end, null when it is not stated. `notify`: also tell connected devices at once (default).
   */
  restrict(restriction?: { until?: number | null; type?: string; notify?: boolean }): void;
  liftRestriction(notify?: boolean): void;
  /**
   * WhatsApp caps the chats that the number begins with people who do not answer: further ones get error 475, and the
   * tally can be queried. Null lifts it. `notify`: also tell connected devices at once (default: no).
   */
  capNewChats(cap: (Partial<Cap> & Pick<Cap, 'total' | 'cycleEnd'>) | null, notify?: boolean): void;
}

export interface PhoneParts {
  owner: HandsetInside;
  desk: RegistrationDesk;
  post: PostOffice;
  clock: Clock;
  faults(): Faults;
  answerTimeoutMs: number;
}

export function createPhone({ owner, desk, post, clock, faults, answerTimeoutMs }: PhoneParts): Phone {
  const { subscriber } = owner;
  const parts = { owner: subscriber, post, clock, answerTimeoutMs };
  const devices = () => post.devicesOf(subscriber.user);
  const tellDevices = (announce = announceRestriction) => {
    for (const device of devices()) post.lineOf(device)?.send(announce(subscriber, clock.now()));
  };

  return {
    number: e164(subscriber.user),
    async scan(qr) {
      const { ref, clientKey, advSecret } = readQr(qr);
      const registration = desk.byRef(ref);
      if (!registration) throw new Error('No waiting device shows this QR code');
      const { companion, retiredSecrets } = registration;
      if (!companion.clientKey.equals(clientKey)) throw new Error('The QR code names another device');
      const secret = advSecret.toString('base64');
      if (faults().rules.refreshRegistration.take()) retiredSecrets.add(secret);
      if (retiredSecrets.has(secret)) {
        const refresh = node('companion_reg_refresh');
        companion.connection.send(notification('companion_reg_refresh', clock.now(), [refresh]));
        return 'refresh_requested';
      }
      await linkOnce(registration, () =>
        link({ ...parts, companion, advSecret, ownerIdentity: owner.identity() }),
      );
      return 'linked';
    },
    async enterPairingCode(typed) {
      const registration = await desk.byUser(subscriber.user);
      if (!registration?.code) throw new Error('No device waits for a pairing code of this number');
      const { companion, code: pairing } = registration;
      const code = typed.replace(/[^0-9a-z]/gi, '').toUpperCase();
      const identity = owner.identity();
      const entry = { pairing, connection: companion.connection, identity, clock, answerTimeoutMs };
      await linkOnce(registration, async () => {
        const advSecret = await agreeOnSecret(code, entry);
        await link({ ...parts, companion, advSecret, ownerIdentity: identity });
      });
    },
    unlinkDevices() {
      for (const device of devices()) {
        const line = post.lineOf(device);
        post.remove(device);
        line?.close(streamError(401));
      }
    },
    linkedDevices: () =>
      devices().map((device) => ({
        device: device.device,
        platform: device.platform,
        linkedAt: new Date(device.linkedAt).toISOString(),
        connected: post.lineOf(device) !== undefined,
      })),
    restrict({ until = null, type = 'WEB_COMPANION_ONLY', notify = true } = {}) {
      subscriber.restriction = { until, type };
      if (notify) tellDevices();
    },
    liftRestriction(notify = true) {
      subscriber.restriction = null;
      if (notify) tellDevices();
    },
    capNewChats(cap, notify = false) {
      subscriber.cap = cap && { used: 0, status: null, ...cap };
      subscriber.unanswered = {};
      if (notify) tellDevices(announceCap);
    },
  };
}

async function linkOnce(registration: Registration, act: () => Promise<void>): Promise<void> {
  if (registration.linking) throw new Error('The device is being linked already');
  registration.linking = true;
  await act().finally(() => {
    registration.linking = false;
  });
}

/** `https://wa.me/settings/linked_devices#ref,noise key,identity key,secret,platform`; older clients leave out the URL. */
function readQr(qr: string): { ref: string; clientKey: Buffer; advSecret: Buffer } {
  const [ref, clientKey, identity, advSecret] = qr.slice(qr.indexOf('#') + 1).split(',');
  if (!ref || !clientKey || !identity || !advSecret)
    throw new Error('This is not a QR code of a device to link');
  return { ref, clientKey: Buffer.from(clientKey, 'base64'), advSecret: Buffer.from(advSecret, 'base64') };
}
