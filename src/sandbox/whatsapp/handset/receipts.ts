import { type Node, node } from '../nodes.js';
import { seconds } from '../post-office.js';

interface About {
  id: string;
  /** The handset's address, as the sender used it. */
  from: string;
  /** Unix ms. */
  at: number;
}

const receipt = ({ id, from, at }: About, more: Record<string, string> = {}, content?: Node[]) =>
  node('receipt', { id, from, t: seconds(at), ...more }, content);

export const deliveryReceipt = (about: About): Node => receipt(about);

export const readReceipt = (about: About): Node => receipt(about, { type: 'read' });

/** From the sender's own phone: it has its copy of what was sent to `chat`. */
export const senderReceipt = (about: About, chat: string): Node =>
  receipt(about, { type: 'sender', recipient: chat });

/** "I cannot decrypt this, send it again", with the keys for a new session. */
export const retryReceipt = (about: About, count: number, keys: Node[]): Node =>
  receipt(about, { type: 'retry' }, [
    node('retry', { count: String(count), id: about.id, t: seconds(about.at), v: '1' }),
    ...keys,
  ]);
