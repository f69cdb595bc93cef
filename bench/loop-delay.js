// Preloaded into the process that answers: how long its event loop was held up, told when asked (SIGUSR2).
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
process.on('SIGUSR2', () => {
  process.stdout.write(`event loop delay, p99: ${(delay.percentile(99) / 1e6).toFixed(1)} ms\n`);
  delay.reset();
});
