import type { KeyPair } from '@whiskeysockets/baileys';
import type { Node } from './nodes.js';

/** Everything that outlives a connection, as plain data: numbers, keys, sessions, linked devices, stored stanzas. */
export interface State {
  version: 1;
  subscribers: Subscriber[];
  devices: Device[];
  /** Other ways to write a number: the digits as written, and those of the subscriber they mean. */
  spellings: Record<string, string>;
  /** LIDs that are no longer in use. */
  retiredLids: Record<string, true>;
}

/** A phone number and the handset behind it; a gateway's own number is one too. */
export interface Subscriber {
  /** Digits without `+`. */
  user: string;
  lid: string;
  onWhatsApp: boolean;
  /** Somebody asked for this handset, or it has received something. */
  shown: boolean;
  online: boolean;
  autoDeliver: boolean;
  autoRead: boolean;
  /** Made when first needed. */
  keys: SignalKeys | null;
  /** Signal sessions by remote address, serialised. */
  sessions: Record<string, string>;
  messages: ReceivedMessage[];
  /** What arrived while the handset was offline. */
  inbox: Envelope[];
  /** How often a retry of a message was asked for, by message id. */
  retries: Record<string, number>;
  nextDevice: number;
  /** Users this number has written to or heard from: its warm chats. */
  contacts: Record<string, true>;
  /** While set, messages without a live token of their recipient are refused with error 463. */
  restriction: Restriction | null;
  /** While set, only so many chats may be begun with people who do not answer: further ones get error 475. */
  cap: Cap | null;
  /** Chats of the cap's cycle that were begun and not answered, by user. */
  unanswered: Record<string, true>;
  /** The tokens that people's phones have given this number, by user. */
  tokens: Record<string, { token: Uint8Array; at: number }>;
  /** Messages to this number are acked and reach it no more: it has blocked their sender, and the sender is not told. */
  blocks: boolean;
  /** The same for linked devices: the chat is kept on the phones ("restricted chat"). */
  keepsToPhones: boolean;
}

export interface Cap {
  total: number;
  used: number;
  /** Unix ms. */
  cycleEnd: number;
  /** What a query answers, whatever is used; null: what follows from it. */
  status: string | null;
}

export interface Restriction {
  /** Unix ms, or null when the server does not say. */
  until: number | null;
  /** One of Baileys' `ReachoutTimelockEnforcementType`, or one that it does not know. */
  type: string;
}

export interface SignalKeys {
  registrationId: number;
  identity: KeyPair;
  signedPreKey: { keyId: number; keyPair: KeyPair; signature: Uint8Array };
  preKeys: { keyId: number; keyPair: KeyPair }[];
  nextPreKeyId: number;
}

/** One encrypted copy of a message on its way to one handset. */
export interface Envelope {
  id: string;
  sender: DeviceAddress;
  /** The chat as the sender addressed it: a phone number's JID or a LID. */
  chat: string;
  type: string;
  ciphertext: Uint8Array;
}

export interface DeviceAddress {
  user: string;
  device: number;
}

export interface ReceivedMessage {
  id: string;
  sender: DeviceAddress;
  /** The handset's own address as the sender used it; receipts come from there. */
  address: string;
  text: string;
  /** Unix ms. */
  at: number;
  /** How often the message arrived: 1 plus the resends. */
  copies: number;
  read: boolean;
}

/** A linked device: what the server keeps about a gateway. */
export interface Device extends DeviceAddress {
  platform: string;
  linkedAt: number;
  /** The Noise static key it must log in with. */
  clientKey: Uint8Array;
  bundle: UploadedBundle;
  /** The phone has sent it its chats. */
  synced: boolean;
  /** Stanzas it has not acknowledged; replayed at the next login. */
  pending: Node[];
}

/** Public keys, as the device registered and uploaded them. */
export interface UploadedBundle {
  registrationId: number;
  identity: Uint8Array;
  signedPreKey: { keyId: number; value: Uint8Array; signature: Uint8Array };
  preKeys: { keyId: number; value: Uint8Array }[];
}

export const emptyState = (): State => ({
  version: 1,
  subscribers: [],
  devices: [],
  spellings: {},
  retiredLids: {},
});

/** The state as an object that survives JSON: bytes become `{ $bytes: base64 }`. */
export const exportState = (state: State): object => packed(state) as object;

/** Takes what `exportState` gave, also after a round trip through JSON. */
export function importState(exported: object): State {
  const state = { ...emptyState(), ...(unpacked(exported) as State) };
  if (state.version !== 1) throw new Error('The stored state of the simulated WhatsApp has another version');
  return state;
}

function packed(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  return mapped(value, packed);
}

function unpacked(value: unknown): unknown {
  const encoded = (value as { $bytes?: unknown } | null)?.$bytes;
  if (typeof encoded === 'string') return Buffer.from(encoded, 'base64');
  return mapped(value, unpacked);
}

function mapped(value: unknown, each: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(each);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, each(inner)]));
}
