import { takeInstanceLock } from '../../database/locks/instance-lock.js';

/** A process of its own that takes the lock (settings as JSON in the first argument) and keeps it until it is killed. */
try {
  await takeInstanceLock(JSON.parse(process.argv[2] ?? ''), () => {});
  process.stdout.write('held\n');
  setInterval(() => {}, 3_600_000);
} catch (error) {
  process.stdout.write(`${error}\n`);
}
