import type { Surface } from '../operation.js';
import type { DocumentSettings } from '../settings.js';
import { about } from './about.js';
import { codes } from './codes.js';
import { account } from './contracts/account.js';
import { cookie } from './contracts/cookie.js';
import { phone } from './contracts/phone.js';
import { twoFactor } from './contracts/two-factor.js';
import { whatsapp } from './contracts/whatsapp.js';
import { health } from './health.js';
import { hooks } from './hooks.js';
import { receipts } from './receipts.js';
import { twilio } from './twilio.js';
import { verifications } from './verifications.js';
import { webhooks } from './webhooks.js';

/** All that is asked over HTTP, in the order in which people read it. */
export function surfacesOf(settings: DocumentSettings): Surface[] {
  return [
    verifications,
    codes,
    twilio,
    webhooks,
    hooks,
    phone(settings),
    whatsapp(settings),
    twoFactor(settings),
    cookie(settings),
    account(settings),
    receipts,
    health,
    about,
  ];
}
