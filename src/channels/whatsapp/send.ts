import { isUnavailable } from '../../../database/unavailable.js';
import { type Clock, sleep } from '../../clock.js';
import { type Acceptance, ChannelError, type OutgoingMessage } from '../channel.js';
import { AckRefused, type Acks, type Flight } from './acks.js';
import type { Addressing } from './people/addressing.js';
import type { People } from './people/people.js';
import { describe } from './scrub.js';
import type { Connection } from './socket/connection.js';
import type { Reached } from './socket/send-text.js';

export interface SendDeps {
  acks: Acks;
  people: Pick<People, 'find' | 'recipients' | 'unheard'>;
  clock: Clock;
  /** The open connection, or null. */
  connection(): Connection | null;
  /** The next message asks WhatsApp for the devices again. */
  forgetDevices(): void;
  addressing: Pick<Addressing, 'accepted' | 'choose' | 'refused'>;
  /** Nobody out of reach gets messages at the moment. */
  isClosed(): boolean;
  /** WhatsApp has refused a message to somebody out of reach; resolves when it has said what that means. */
  onColdRefused(code: 463 | 475, phone: string): Promise<void>;
}

/**
 * How long to wait for an ack, or for the end of the connection, after Baileys has failed: it can fail after the bytes
 * have gone out.
 */
const LATE_ACK_MS = 1_500;
/** Not the message's fault: it uses up none of its attempts. */
const STORE_FAILED = 'The database failed';
/** How many refused messages are remembered, so that each is tried once more with a fresh address. */
const REMEMBERED_REFUSALS = 1_000;

/** Sends one message; success is WhatsApp's ack or a receipt, and nothing else. */
export function createSend(deps: SendDeps): (message: OutgoingMessage) => Promise<Acceptance> {
  const { acks, people, clock, addressing } = deps;
  const { recipients } = people;
  const refusedOnce = new Set<string>();

  async function deliver(
    flight: Flight,
    connection: Connection,
    message: OutgoingMessage,
  ): Promise<Acceptance> {
    const { recipient } = message;
    const to = await addressOf(flight, connection, recipient);
    // A receipt for an earlier write of the same message may have come in the meantime.
    if (flight.isAccepted()) return flight.accepted;
    const mayWrite = await flight.during(message.beforeWrite());
    if (!mayWrite) throw failure('wait', 'not_written', 'The message is not to be written any more.');
    const acceptance = await write(flight, connection, to, message);
    if (!flight.isOutdated()) return acceptance;
    // WhatsApp has accepted the message, but it will not reach anybody.
    const now = await addressAnew(flight, connection, recipient);
    if (now === null || now.to === to.to || !(await message.beforeWrite())) return acceptance;
    flight.renew();
    return write(flight, connection, now, message);
  }

  async function addressOf(flight: Flight, connection: Connection, phone: string): Promise<Reached> {
    await refuseStrangers(phone);
    const to = await flight.during(people.find(connection, phone));
    await refuseStrangers(phone);
    return to;
  }

  /** null: it is not known now; it is looked up again before the next message. */
  async function addressAnew(flight: Flight, connection: Connection, phone: string): Promise<Reached | null> {
    await recipients.doubt(phone);
    return addressOf(flight, connection, phone).catch((error: unknown) => {
      if (error instanceof ChannelError && error.failure === 'not_on_whatsapp') throw error;
      return null;
    });
  }

  async function write(
    flight: Flight,
    connection: Connection,
    reached: Reached,
    { recipient, messageId, text }: OutgoingMessage,
  ): Promise<Acceptance> {
    const { accepted } = flight;
    const chosen = addressing.choose(messageId, reached);
    const { to } = chosen;
    flight.writing(to);
    people.unheard.writing({ phone: recipient, address: to }, messageId);
    const written = connection.sendText(chosen, messageId, text).catch(async (error: unknown) => {
      await sleep(clock, LATE_ACK_MS);
      if (isUnavailable(error))
        throw failure('wait', 'transport', `${STORE_FAILED} while it was sent.`, true);
      throw failure('retry', 'transport', `Baileys could not send: ${describe(error)}`, true);
    });
    const acceptance = await Promise.race([accepted, written.then(() => accepted)]);
    addressing.accepted(messageId);
    return acceptance;
  }

  async function refuseStrangers(phone: string): Promise<void> {
    const { isReachable, isRefused } = await recipients.find(phone);
    if (isReachable) return;
    if (deps.isClosed())
      throw failure('wait', 'reach_out_restricted', 'WhatsApp allows messages only to whoever has written.');
    if (isRefused)
      throw failure(
        'reject',
        'reach_out_restricted',
        'WhatsApp has refused a message to this number before.',
      );
  }

  async function refusal(error: AckRefused, message: OutgoingMessage): Promise<ChannelError> {
    const { code } = error;
    if (code === 463 || code === 475) {
      await deps.onColdRefused(code, message.recipient);
      return failure(
        'reject',
        'reach_out_restricted',
        `WhatsApp allows no message to this number (${code}).`,
      );
    }
    if (code === 429) return failure('retry', 'transport', 'WhatsApp wants fewer messages (429).');
    if (code >= 500) return failure('retry', 'transport', `WhatsApp could not take the message (${code}).`);
    // 479 and 400 come from stale devices or a wrong address: one more try with fresh ones, then it is final.
    const isStale = code === 479 || code === 400;
    if (code === 400) addressing.refused(message.messageId);
    if (isStale && !refusedOnce.has(message.messageId)) {
      if (refusedOnce.size >= REMEMBERED_REFUSALS) refusedOnce.clear();
      refusedOnce.add(message.messageId);
      await recipients.doubt(message.recipient);
      deps.forgetDevices();
      return failure('retry', 'transport', `WhatsApp refused the address of the message (${code}).`);
    }
    return failure('reject', 'rejected_by_whatsapp', `WhatsApp refused the message (${code}).`);
  }

  return async (message) => {
    const underWay = acks.find(message.messageId);
    if (underWay) return underWay;
    const connection = deps.connection();
    if (!connection) throw failure('wait', 'not_connected', 'WhatsApp is not connected.');
    const flight = acks.begin(message.messageId, message.recipient);
    try {
      return await deliver(flight, connection, message);
    } catch (error) {
      if (error instanceof ChannelError) throw error;
      if (error instanceof AckRefused) throw await refusal(error, message);
      if (!connection.isOpen())
        throw failure('wait', 'not_connected', 'The connection ended before the send.');
      if (isUnavailable(error)) throw failure('wait', 'not_written', `${STORE_FAILED} before the send.`);
      throw failure('retry', 'transport', `The message could not be prepared: ${describe(error)}`);
    } finally {
      flight.end();
    }
  };
}

function failure(
  kind: ChannelError['kind'],
  failure: ChannelError['failure'],
  sentence: string,
  mayHaveArrived = false,
): ChannelError {
  return new ChannelError(kind, failure, sentence, mayHaveArrived);
}
