import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { documentOf } from '../../src/openapi/document.js';
import { surfacesOf } from '../../src/openapi/operations/index.js';
import { DEFAULT_SETTINGS } from '../../src/openapi/settings.js';
import { collectionOf } from '../../supply/postman-collection.js';
import { createRunner, readCollection, stepsOf } from '../contracts/postman.js';
import { API_KEY, type Gateway, startGateway } from '../http/harness.js';

const collection = readCollection(join(import.meta.dirname, '../../docs/api.postman_collection.json'));
const steps = stepsOf(collection);

let gateway: Gateway;
let runner: ReturnType<typeof createRunner>;
beforeAll(async () => {
  gateway = await startGateway();
  runner = createRunner(collection, { baseUrl: gateway.url, apiKey: API_KEY });
});
afterAll(() => gateway.close());

it('the collection for Postman is that of the document: `npm run postman` writes it', () => {
  const current = collectionOf(documentOf(surfacesOf(DEFAULT_SETTINGS)));
  expect(collection).toEqual(JSON.parse(JSON.stringify(current)));
});

it('every request of it is answered as documented, and ids are kept for those that follow', async () => {
  const statuses: Record<string, number> = {};
  for (const step of steps) {
    const { status, tests } = await runner.run(step);
    expect([step.path, tests]).toEqual([step.path, { 'answers as documented': 'passed' }]);
    statuses[step.path] = status;
  }
  expect(statuses).toMatchObject({
    'Verifications / Start a verification': 201,
    'Verifications / How far a verification is': 200,
    'Verifications / Cancel a verification': 200,
    'Codes / Send a code': 202,
    'Health / Whether a code could be delivered now': 200,
  });
});
