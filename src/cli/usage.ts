/** A command that was typed wrong; the message is one sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
