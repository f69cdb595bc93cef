import { randomUUID } from 'node:crypto';

/** What a channel gives its messages, in a shape of the tests' own. */
export const newMessageId = () => `M-${randomUUID()}`;
