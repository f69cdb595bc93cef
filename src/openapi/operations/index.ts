import type { Surface } from '../operation.js';
import { codes } from './codes.js';
import { health } from './health.js';

/** All that is asked over HTTP, in the order in which people read it. */
export const surfaces: readonly Surface[] = [codes, health];
