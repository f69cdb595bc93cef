const METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const;
const THEIR_FILES = /node_modules[\\/](libsignal|@whiskeysockets[\\/]baileys)[\\/]/;
/** The error's own line, this file's wrapper, then the caller. */
const CALLER_LINE = 2;

let installed = false;

/**
 * libsignal prints whole sessions with `console.info`, private keys included. From now on nothing that it or Baileys
 * prints reaches the console; all other output does.
 */
export function silenceLibsignal(): void {
  if (installed) return;
  installed = true;
  const target = globalThis.console;
  for (const method of METHODS) {
    const print = target[method].bind(target) as (...values: unknown[]) => void;
    target[method] = (...values: unknown[]) => {
      const caller = new Error().stack?.split('\n')[CALLER_LINE];
      if (!caller || !THEIR_FILES.test(caller)) print(...values);
    };
  }
}
