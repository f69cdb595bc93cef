import { benchEnqueue } from './enqueue.js';

console.table(await benchEnqueue());
