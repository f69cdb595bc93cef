// Preloaded by the start benchmark, to show what importing Baileys before listening would cost.
import '@whiskeysockets/baileys';
