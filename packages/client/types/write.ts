// `npm run client:types`
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { currentTypes } from './current.js';

writeFileSync(join(import.meta.dirname, '../src/generated.ts'), currentTypes());
