import {
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  jidDecode,
} from '@whiskeysockets/baileys';

/** A stanza. Attributes are always strings: the encoder counts others but leaves them out, which corrupts the frame. */
export type Node = BinaryNode;

/** The server's own address, as it appears in `from` and `to`. */
export const SERVER = '@s.whatsapp.net';

export function node(tag: string, attrs: Record<string, string> = {}, content?: Node['content']): Node {
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}

export const child = (parent: Node | undefined, tag: string): Node | undefined =>
  getBinaryNodeChild(parent, tag);

export const children = (parent: Node | undefined, tag: string): Node[] => getBinaryNodeChildren(parent, tag);

/** The content as bytes; empty when there is none. */
export function bytes(from: Node | undefined): Buffer {
  const content = from?.content;
  if (content === undefined || Array.isArray(content)) return Buffer.alloc(0);
  return Buffer.from(content);
}

/** The content as text: the decoder gives bytes or a string, depending on how it was packed. */
export const text = (from: Node | undefined): string => bytes(from).toString('utf8');

export const uint = (from: Node | undefined): number => {
  const content = bytes(from);
  return content.length === 0 ? 0 : content.readUIntBE(0, content.length);
};

export function bigEndian(value: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  buffer.writeUIntBE(value, 0, length);
  return buffer;
}

export function result(id: string, content?: Node[]): Node {
  return node('iq', { from: SERVER, type: 'result', id }, content);
}

export function failure(id: string, code: number, reason: string): Node {
  return node('iq', { from: SERVER, type: 'error', id }, [
    node('error', { code: String(code), text: reason }),
  ]);
}

/** `+201001234567` as `201001234567`, the user part of a phone number's JID. */
export const digits = (phone: string): string => phone.replace(/\D/g, '');

export const e164 = (user: string): string => `+${user}`;

export const pnJid = (user: string, device = 0): string =>
  device === 0 ? `${user}@s.whatsapp.net` : `${user}:${device}@s.whatsapp.net`;

export const lidJid = (user: string, device = 0): string =>
  device === 0 ? `${user}@lid` : `${user}:${device}@lid`;

export interface Address {
  user: string;
  server: string;
  device: number;
}

export function parseJid(jid: string | undefined): Address | undefined {
  const parsed = jidDecode(jid);
  if (!parsed?.user) return undefined;
  return { user: parsed.user, server: parsed.server, device: parsed.device ?? 0 };
}
