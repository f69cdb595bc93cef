import type { SocketConfig, UserFacingSocketConfig } from '@whiskeysockets/baileys';
import type { Reporter } from '../../channel.js';
import type { Baileys } from '../baileys/baileys.js';
import type { BaileysLog } from '../baileys/baileys-log.js';
import type { ExpiringCache } from '../expiring-cache.js';
import { isOwnAddress, reporterAt } from '../jid.js';
import type { Session } from '../session/session.js';
import type { WhatsAppSettings } from '../settings.js';
import { boundSignalRepository } from './signal-repository.js';

/** Caches that outlive a socket: without them every reconnect would ask for all devices and forget the retries. */
export interface SocketCaches {
  devices: ExpiringCache;
  retries: ExpiringCache;
  /** Numbers to LIDs and back. */
  mappings: ExpiringCache;
}

/**
 * The text of a message that a handset could not read and requests again; null once it has expired, and for everybody but
 * its recipient. @param from who asks; null: our own account.
 */
export type FindText = (messageId: string, from: Reporter | null) => Promise<string | null>;

export interface SocketDeps {
  settings: WhatsAppSettings;
  /** How long WhatsApp may take to answer a query; a single query holds up all sends. */
  queryTimeoutMs: number;
  caches: SocketCaches;
  baileysLog: BaileysLog;
  findText: FindText;
}

export function socketConfig(
  deps: SocketDeps & { baileys: Baileys; session: Session },
): UserFacingSocketConfig {
  const { baileys, session, settings, caches } = deps;
  return {
    auth: { creds: session.creds, keys: session.keys },
    logger: deps.baileysLog,
    waWebSocketUrl: settings.webSocketUrl,
    ...(settings.version && { version: settings.version }),
    // A pairing code is refused for any browser but a known one.
    browser: baileys.Browsers.ubuntu('Chrome'),
    connectTimeoutMs: 20_000,
    keepAliveIntervalMs: 15_000,
    defaultQueryTimeoutMs: deps.queryTimeoutMs,
    // Otherwise a failing store would hold the account's lock for half a minute.
    transactionOpts: { maxCommitRetries: 3, delayBetweenTriesMs: 200 },
    // Otherwise the phone stops notifying its owner.
    markOnlineOnConnect: false,
    emitOwnEvents: false,
    syncFullHistory: false,
    generateHighQualityLinkPreview: false,
    userDevicesCache: caches.devices,
    msgRetryCounterCache: caches.retries,
    makeSignalRepository: boundSignalRepository(baileys, caches.mappings),
    // Only `getMessage` may answer a retry: it knows which codes have expired.
    enableRecentMessageCache: false,
    getMessage: messageFinder(deps.findText, session),
    shouldIgnoreJid: (jid) =>
      Boolean(baileys.isJidGroup(jid) || baileys.isJidBroadcast(jid) || baileys.isJidNewsletter(jid)),
  };
}

function messageFinder(findText: FindText, session: Session): SocketConfig['getMessage'] {
  return async ({ id, participant, remoteJid }) => {
    // Who asks stands in `participant`, where Baileys names one; the chat may be another.
    const asker = participant ?? remoteJid;
    if (!id || !asker) return undefined;
    const isOwn = isOwnAddress(asker, session.creds.me);
    const text = await findText(id, isOwn ? null : reporterAt(asker));
    return text === null ? undefined : { extendedTextMessage: { text } };
  };
}
