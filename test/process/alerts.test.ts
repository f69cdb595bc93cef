import { expect, it } from 'vitest';
import { maskPhone } from '../../src/log.js';
import { startTelegramServer } from '../alerts/telegram-server.js';
import { GATEWAY, newEnvironment, startProduct, startWhatsApp } from '../support/product.js';
import { until } from '../support/until.js';

it('a logout is alerted once and the return once; a connection that heals by itself never', async () => {
  const whatsapp = await startWhatsApp();
  const telegram = await startTelegramServer();
  const env = newEnvironment(whatsapp, {
    TELEGRAM_BOT_TOKEN: '123456789:AAf-hT2yyXkAq7oJ0nq3Zs4Vw5Xy6Za7Bc8',
    TELEGRAM_CHAT_ID: '42',
    TELEGRAM_API_BASE_URL: telegram.url,
  });
  const product = await startProduct(env);
  await product.pair(whatsapp);

  const logins = whatsapp.logins();
  whatsapp.faults.dropConnections();
  await until('a new login', () => whatsapp.logins() > logins);
  await product.ready();
  expect(telegram.requests).toHaveLength(0);

  whatsapp.phone(GATEWAY).unlinkDevices();
  await telegram.waitForAccepted(1);
  expect(telegram.accepted[0]).toMatch(/logged out/i);
  expect(telegram.accepted[0]).not.toContain(GATEWAY);
  expect(telegram.accepted[0]).toContain(`(${maskPhone(GATEWAY)})`);
  await product.pair(whatsapp);
  await telegram.waitForAccepted(2);
  expect(telegram.accepted[1]).toMatch(/back/i);

  await product.kill('SIGTERM');
  const again = await startProduct(env);
  await again.ready();
  await again.kill('SIGTERM');
  expect(telegram.requests.map(({ message }) => message.chat_id)).toEqual(['42', '42']);
});
