// npm run postman: writes docs/api.postman_collection.json from the document of the API.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentOf } from '../src/openapi/document.js';
import { surfacesOf } from '../src/openapi/operations/index.js';
import { DEFAULT_SETTINGS } from '../src/openapi/settings.js';
import { collectionOf } from './postman-collection.js';

const collection = collectionOf(documentOf(surfacesOf(DEFAULT_SETTINGS)));
writeFileSync(
  join(import.meta.dirname, '../docs/api.postman_collection.json'),
  `${JSON.stringify(collection, null, 2)}\n`,
);
