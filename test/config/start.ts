/** A start in a process of its own: says that it is ready, starts on the word, and reports what it got. */
import { loadConfig } from '../../config/index.js';

const root = process.argv[2] ?? '';
process.once('message', () => {
  let announced = 0;
  const config = loadConfig({ environment: {}, root, announce: () => announced++ });
  process.send?.({ announced, secrets: [config.apiKey, config.encryptionKey, config.env] });
  process.disconnect();
});
process.send?.('ready');
