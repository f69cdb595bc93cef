import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { currentTypes } from '../../packages/client/types/current.js';
import { ROOT } from '../support/sources.js';

it('the types of the client are those of the document: npm run client:types', () => {
  expect(readFileSync(join(ROOT, 'packages/client/src/generated.ts'), 'utf8')).toBe(currentTypes());
});
