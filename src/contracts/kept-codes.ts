import type { Response } from 'express';
import { AppError } from '../errors.js';
import { rememberClient } from '../http/access/client.js';

/** What an answer tells for the next call, by the id of the challenge or registration. */
export type LeadOn = (id: string) => object;

/**
 * Sends a code and remembers the client, which comes back with it: also where the code is kept for a person who has to
 * write first. That refusal leads on like the answer without it.
 */
export async function sendingCode<T>(
  res: Response,
  cookie: Parameters<typeof rememberClient>[1],
  leadOn: LeadOn,
  send: () => Promise<T>,
): Promise<T> {
  try {
    const sent = await send().catch(leadingOn(leadOn));
    rememberClient(res, cookie);
    return sent;
  } catch (error) {
    if (error instanceof AppError && error.options.beside) rememberClient(res, cookie);
    throw error;
  }
}

/** For `.catch`: the refusal of a code that is kept all the same tells what the next call needs. */
export function leadingOn(leadOn: LeadOn): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof AppError) || error.options.kept === undefined) throw error;
    throw new AppError(error.code, error.message, { ...error.options, beside: leadOn(error.options.kept) });
  };
}
