import type { Socket } from '../baileys/baileys.js';
import { type Lock, lockAnswered, type Quota, quotaAnswered } from '../stanzas/account.js';
import type { Stanza } from '../stanzas/receipts.js';

/** What WhatsApp has answered about the account; null: it did not answer. */
export interface AccountAnswer {
  lock: Lock | null;
  quota: Quota | null;
  /** The settings of clients (AB props), by their codes. */
  props: ReadonlyMap<string, string> | null;
}

const LOCK = { id: '23983697327930364', variables: {} };
/** As WhatsApp Web asks; Baileys has the older one. */
const QUOTA = { id: '27910975521856601', variables: { input: { type: 'INDIVIDUAL_NEW_CHAT_THREAD' } } };
const QUOTA_BEFORE = { id: '24503548349331633', variables: { input: { type: 'INDIVIDUAL_NEW_CHAT_MSG' } } };

/** Asks whether the account is locked, how many chats it may still begin, and how long tokens live. Never rejects. */
export async function askAccount(socket: Socket): Promise<AccountAnswer> {
  const [lock, quota, props] = await Promise.all([
    graphQl(socket, LOCK).then(lockAnswered, unanswered),
    askQuota(socket),
    askProps(socket).catch(unanswered),
  ]);
  return { lock, quota, props };
}

const unanswered = () => null;

async function askQuota(socket: Socket): Promise<Quota | null> {
  const quota = await graphQl(socket, QUOTA).then(quotaAnswered, unanswered);
  return quota ?? (await graphQl(socket, QUOTA_BEFORE).then(quotaAnswered, unanswered));
}

async function graphQl(
  socket: Socket,
  { id, variables }: { id: string; variables: Record<string, unknown> },
): Promise<string> {
  const content = Buffer.from(JSON.stringify({ variables }));
  const answer = await ask(socket, 'w:mex', { tag: 'query', attrs: { query_id: id }, content });
  return String(childrenOf(answer, 'result')[0]?.content);
}

/** With the hash of the last answer, WhatsApp would leave out what has not changed since. */
async function askProps(socket: Socket): Promise<Map<string, string>> {
  const answer = await ask(socket, 'abt', { tag: 'props', attrs: { protocol: '1' } });
  const props = childrenOf(answer, 'props').flatMap((each) => childrenOf(each, 'prop'));
  return new Map(props.map(({ attrs }) => [attrs.config_code ?? '', attrs.config_value ?? '']));
}

async function ask(socket: Socket, xmlns: string, question: Parameters<Socket['query']>[0]): Promise<Stanza> {
  const attrs = { id: socket.generateMessageTag(), to: '@s.whatsapp.net', type: 'get', xmlns };
  return (await socket.query({ tag: 'iq', attrs, content: [question] })) as Stanza;
}

function childrenOf({ content }: Stanza, tag: string): Stanza[] {
  return Array.isArray(content) ? (content as Stanza[]).filter((child) => child.tag === tag) : [];
}
