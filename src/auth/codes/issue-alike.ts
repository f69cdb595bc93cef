import { AppError, type WrittenFirst } from '../../errors.js';
import { isAboutRecipient } from './refusals.js';
import type { Sending, WantedCode } from './sending.js';

/** A challenge, and how its person gets the code while nobody new to us can be written to. */
export interface IssuedAlike {
  id: string;
  userFirst?: WrittenFirst;
}

/**
 * Sends a code where nobody may learn whether there is somebody to get it: people within reach, out of reach and unknown
 * are answered alike, by the same work. While those out of reach could not be written to, all are shown how to write
 * first; whoever is within reach gets the message as well. Rejects like `Sending.issue`, with nothing about this contact.
 */
export async function issueAlike(
  challenges: Pick<Sending, 'issue'>,
  wanted: WantedCode,
): Promise<IssuedAlike> {
  const issue = async (as: Partial<WantedCode>) => ({ id: await challenges.issue({ ...wanted, ...as }) });
  try {
    return await issue({ asCold: true });
  } catch (error) {
    const kept = keptIn(error);
    if (kept) return kept;
  }
  // Nobody can write to us either.
  return await issue({}).catch((error: unknown) => keptIn(error) ?? issue({ silent: true }));
}

/** Null: nothing was kept. Throws what is not about the recipient. */
function keptIn(error: unknown): IssuedAlike | null {
  if (!(error instanceof AppError) || !isAboutRecipient(error)) throw error;
  const { kept, userFirst } = error.options;
  return kept !== undefined && userFirst ? { id: kept, userFirst } : null;
}
