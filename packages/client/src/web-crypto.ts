type WebCrypto = typeof globalThis.crypto;

/** Node 18 has it, but not as a global. The name is a variable, so that no bundler looks for the module. */
export async function webCrypto(): Promise<WebCrypto> {
  if (globalThis.crypto) return globalThis.crypto;
  const name = 'node:crypto';
  const { webcrypto } = (await import(name)) as { webcrypto: WebCrypto };
  return webcrypto;
}
