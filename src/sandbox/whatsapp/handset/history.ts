import { deflateSync } from 'node:zlib';
import { proto } from '@whiskeysockets/baileys';
import { children, type Node, node } from '../nodes.js';

/** What a phone sends to a newly linked device: its chats, here none. Until then the client holds back events. */
export function initialHistory(): proto.IMessage {
  const syncType = proto.HistorySync.HistorySyncType.INITIAL_BOOTSTRAP;
  const history = proto.HistorySync.encode({ syncType, conversations: [], progress: 100 }).finish();
  return {
    protocolMessage: {
      type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
      historySyncNotification: {
        syncType,
        chunkOrder: 1,
        progress: 100,
        initialHistBootstrapInlinePayload: deflateSync(history),
      },
    },
  };
}

/** App state collections, all empty. One that is missing from the answer is asked for again without end. */
export function emptyCollections(sync: Node | undefined): Node {
  const collections = children(sync, 'collection').map(({ attrs: { name = '', version = '0' } }) =>
    node('collection', { name, version, has_more_patches: 'false' }),
  );
  return node('sync', {}, collections);
}
