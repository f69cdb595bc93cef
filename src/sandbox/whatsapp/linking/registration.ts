import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../clock.js';
import { child, type Node, node, result, SERVER } from '../nodes.js';
import { stanzaId } from '../post-office.js';
import type { Session } from '../wire/connection.js';
import type { Companion } from './linking.js';
import { type CodePairing, readCompanionHello } from './pairing-code.js';

/** A connection that wants to be linked, by QR or by code. */
export interface Registration {
  companion: Companion;
  /** What its QR codes carry, one at a time. */
  refs: string[];
  /** Secrets that a registration refresh has retired. */
  retiredSecrets: Set<string>;
  /** Set once the companion asked for a pairing by code. */
  code: CodePairing | null;
  /** A phone is linking it: a second scan must wait. */
  linking: boolean;
}

export interface RegistrationDesk {
  open(companion: Companion, refCount: number): Session;
  byRef(ref: string): Registration | undefined;
  /** The newest registration that asked for a code for this user (digits); waits a little for the request to arrive. */
  byUser(user: string): Promise<Registration | undefined>;
}

/** A request for a code may still be on its way when the code is typed. */
const HELLO_WAIT_MS = 500;

export function createRegistrationDesk(clock: Clock): RegistrationDesk {
  const waiting: Registration[] = [];
  const watchers = new Set<() => void>();

  return {
    open(companion, refCount) {
      const refs = Array.from({ length: refCount }, () => `2@${randomBytes(48).toString('base64')}`);
      const registration: Registration = {
        companion,
        refs,
        retiredSecrets: new Set(),
        code: null,
        linking: false,
      };
      waiting.push(registration);
      companion.connection.send(
        node('iq', { from: SERVER, type: 'set', id: stanzaId(), xmlns: 'md' }, [
          node(
            'pair-device',
            {},
            refs.map((ref) => node('ref', {}, Buffer.from(ref))),
          ),
        ]),
      );
      return {
        receive(stanza) {
          receive(registration, stanza);
          for (const look of watchers) look();
        },
        closed() {
          waiting.splice(waiting.indexOf(registration), 1);
          registration.code?.abandon();
        },
      };
    },
    byRef: (ref) => waiting.find(({ refs }) => refs.includes(ref)),
    byUser: (user) =>
      new Promise((resolve) => {
        const done = (found: Registration | undefined) => {
          timer.cancel();
          watchers.delete(look);
          resolve(found);
        };
        const look = () => {
          const found = waiting.findLast(({ code }) => code?.user === user);
          if (found) done(found);
        };
        const timer = clock.after(HELLO_WAIT_MS, () => done(undefined));
        watchers.add(look);
        look();
      }),
  };
}

function receive(registration: Registration, stanza: Node): void {
  const { id, type } = stanza.attrs;
  if (stanza.tag !== 'iq' || !id || (type !== 'get' && type !== 'set')) return;
  const request = child(stanza, 'link_code_companion_reg');
  if (request?.attrs.stage === 'companion_hello') registration.code = readCompanionHello(request);
  if (request?.attrs.stage === 'companion_finish') registration.code?.finish(request);
  registration.companion.connection.send(result(id));
}
