import { silenceLibsignal } from './console-filter.js';

export type Baileys = typeof import('@whiskeysockets/baileys');
export type Socket = import('@whiskeysockets/baileys').WASocket;

/** Imported when first needed: it costs half a second and 60 MB, which must not delay listening. */
export async function loadBaileys(): Promise<Baileys> {
  silenceLibsignal();
  return import('@whiskeysockets/baileys');
}
