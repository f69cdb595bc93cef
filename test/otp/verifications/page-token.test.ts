import { expect, it } from 'vitest';
import { createPageTokens } from '../../../src/otp/verifications/page-token.js';
import { newVerificationId } from '../../../src/otp/verifications/secrets.js';
import { createKeyedHash } from '../../../src/sealing.js';
import { KEY, OTHER_KEY } from '../../support/secrets.js';

const tokens = createPageTokens(createKeyedHash(KEY, 'page'));

it('a token leads back to its verification, and no other text does', () => {
  const id = newVerificationId();
  const token = tokens.pageTokenOf(id);
  expect(token).toMatch(/^[\w-]{44}$/);
  expect(tokens.idOfPageToken(token)).toBe(id);
  expect(tokens.pageTokenOf(id)).toBe(token);
  const other = tokens.pageTokenOf(newVerificationId());
  const forged = [
    token.slice(0, 22) + other.slice(22),
    id.slice(4),
    `${token}A`,
    token.slice(1),
    '',
    'ä'.repeat(44),
  ];
  for (const text of forged) expect(tokens.idOfPageToken(text)).toBeNull();
});

it('a token of before is good while the key is replaced', () => {
  const id = newVerificationId();
  const token = tokens.pageTokenOf(id);
  const during = createPageTokens(createKeyedHash(OTHER_KEY, 'page', KEY));
  expect([during.idOfPageToken(token), during.idOfPageToken(during.pageTokenOf(id))]).toEqual([id, id]);
  expect(createPageTokens(createKeyedHash(OTHER_KEY, 'page')).idOfPageToken(token)).toBeNull();
});
