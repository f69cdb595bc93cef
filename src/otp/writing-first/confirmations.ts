import { randomUUID } from 'node:crypto';
import type { CodeRow } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Delivery } from '../../delivery/index.js';
import { NOTICE } from '../../delivery/job.js';
import type { Joined } from '../../delivery/queue/new-job.js';
import { WRITTEN_ON } from '../written-on.js';
import type { AnswersDeps } from './answers.js';
import { confirmationOf } from './drafts.js';
import type { LinksDeps } from './links.js';

/** Later it would only puzzle people. */
const LIFE_MS = 10 * 60_000;
/** Before all that wait for their turn: the person is looking at the chat. */
const FIRST_OF_ALL = 0;

/** Tells people in the chat that their message has confirmed the number, and how to undo that. */
export function createConfirmations(
  deps: { lanes: Delivery['lanes']; clock: Clock } & Pick<LinksDeps, 'appName' | 'languageFor'>,
): AnswersDeps['reserveConfirmation'] {
  const { clock, appName } = deps;

  const messageAbout = (code: CodeRow) => {
    const text = confirmationOf({ language: deps.languageFor(code), appName, action: code.action });
    return {
      caller: NOTICE,
      purpose: NOTICE,
      recipient: code.contact,
      code: '',
      text,
      shape: text,
      expiresAt: clock.now() + LIFE_MS,
      askedBy: randomUUID(),
      runAt: FIRST_OF_ALL,
      silent: false,
    };
  };

  return async (code) => {
    const place = await deps.lanes
      .get(WRITTEN_ON)
      ?.reserve(code.contact, { silent: false, ttlMs: LIFE_MS, isFirst: true });
    let joined: Joined | undefined;
    return {
      async storeIn(trx) {
        joined = await place?.enqueueIn(trx, messageAbout(code));
      },
      committed: () => joined?.committed(),
      release: () => place?.release(),
    };
  };
}
