// Preloaded by the soak, with --expose-gc: SIGUSR2 collects all garbage.
process.on('SIGUSR2', () => globalThis.gc());
