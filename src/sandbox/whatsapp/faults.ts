import { type Node, node } from './nodes.js';
import { createRule, type Rule } from './rule.js';

/** Queries that can be ignored or failed, by what they ask for. */
export type QueryKind =
  | 'contact'
  | 'devices'
  | 'prekeys'
  | 'prekey-count'
  | 'prekey-upload'
  | 'ping'
  | 'timelock'
  | 'capping'
  /** The same by its older name. */
  | 'capping-older'
  | 'props'
  | 'other';

/** Rules stay on until cleared, or with `times` for that many events. Everything takes effect at once. */
export interface FaultRules {
  /** The WebSocket upgrade is answered with this HTTP status. */
  refuseUpgrades: Rule<number>;
  /** The connection stops at `stage` for `ms`; `Infinity` hangs until the client gives up. */
  delayHandshakes: Rule<{ stage: 'upgrade' | 'noise'; ms: number }>;
  /** Logins get `<failure …>`: `reason` 401, 402 (with `expire`), 403, 405, 503, …; all attributes are sent unchanged. */
  refuseLogins: Rule<Record<string, string> & { reason: string }>;
  /** Messages get no ack; `deliver`: whether the handset gets them all the same. */
  withholdAcks: Rule<{ deliver: boolean }>;
  /** The connection is cut right after a message came in, before its ack; receipts wait for the next login. */
  loseAcks: Rule<{ deliver: boolean }>;
  /**
   * Messages get an ack with this error (463, 475, 479, 400, 429, …) and are not delivered. `onlyCold`: those without a live
   * token of their recipient. `onlyTo`: those to such addresses.
   */
  refuseMessages: Rule<{ code: number; onlyCold: boolean; onlyTo?: 'lid' | 'pn' }>;
  /** Messages are acked, but reach no handset; `refreshLid`: the ack says that the address is out of date. */
  swallowMessages: Rule<{ refreshLid: boolean }>;
  /** These queries get no answer. */
  ignoreQueries: Rule<QueryKind[]>;
  /** These queries get an error. */
  failQueries: Rule<{ kinds: QueryKind[]; code: number }>;
  /** A scanned QR gets `companion_reg_refresh` instead of `pair-success`; only a QR with a new secret links then. */
  refreshRegistration: Rule<true>;
}

/** What can be done to an open connection. */
export interface Breakable {
  /** Closes with a close frame, after a last stanza if one is given. */
  close(last?: Node): void;
  terminate(): void;
  deafen(): void;
  garbage(kind: 'undecryptable' | 'undecodable'): void;
}

/** How the simulated server misbehaves. Live faults act on the connections that are open now. */
export interface Faults {
  rules: FaultRules;
  /** Cuts every connection without a close frame. */
  dropConnections(): void;
  /** Closes every connection with a WebSocket close frame. */
  closeConnections(): void;
  /**
   * Sends `<stream:error>` and closes: 401 `device_removed`, 440 `conflict replaced`, 500 one without a code, others
   * (403, 503, 515, 516, …) with their code. It unlinks nothing: for that, see the phone's `unlinkDevices`.
   */
  streamError(code: number): void;
  /** Sends `<xmlstreamend>` and closes. */
  endStream(): void;
  /** Sends one frame that cannot be decrypted, or one that decrypts to something other than a stanza. */
  garbage(kind: 'undecryptable' | 'undecodable'): void;
  /** Open connections stay open but are no longer read or answered, for as long as they live. */
  deafen(): void;
  /** Added before everything the server sends. */
  latencyMs: number;
  /** References per registration: how many QR codes a client can show before it has to reconnect. */
  qrRefs: number;
  /** Logins get no `<ib><offline>`, which leaves the client's event buffer closed. */
  withholdOffline: boolean;
  /** Everything back to normal. */
  reset(): void;
}

const STREAM_ERRORS: Record<number, ReturnType<typeof node>> = {
  401: node('stream:error', { code: '401' }, [node('conflict', { type: 'device_removed' })]),
  440: node('stream:error', {}, [node('conflict', { type: 'replaced' })]),
  500: node('stream:error', {}, [node('ack')]),
};

export const streamError = (code: number) =>
  STREAM_ERRORS[code] ?? node('stream:error', { code: String(code) });

export function createFaults(connections: () => Breakable[], qrRefs: number): Faults {
  const rules: FaultRules = {
    refuseUpgrades: createRule(),
    delayHandshakes: createRule(),
    refuseLogins: createRule(),
    withholdAcks: createRule(),
    loseAcks: createRule(),
    refuseMessages: createRule(),
    swallowMessages: createRule(),
    ignoreQueries: createRule(),
    failQueries: createRule(),
    refreshRegistration: createRule(),
  };
  const normal = { latencyMs: 0, qrRefs, withholdOffline: false };
  const each = (act: (connection: Breakable) => void) => {
    for (const connection of connections()) act(connection);
  };

  const faults: Faults = {
    ...normal,
    rules,
    dropConnections: () => each((connection) => connection.terminate()),
    closeConnections: () => each((connection) => connection.close()),
    streamError: (code) => each((connection) => connection.close(streamError(code))),
    endStream: () => each((connection) => connection.close(node('xmlstreamend'))),
    garbage: (kind) => each((connection) => connection.garbage(kind)),
    deafen: () => each((connection) => connection.deafen()),
    reset() {
      for (const rule of Object.values(rules)) rule.clear();
      Object.assign(faults, normal);
    },
  };
  return faults;
}
