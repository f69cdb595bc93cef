import * as z from 'zod';
import { OTP_DIGITS, TTL_SECONDS } from '../otp/request.js';
import { MAX_CHANNELS } from '../otp/route/route.js';

/**
 * What `/api/v1/otp/send` takes, for the document. What validates on the way of every code is written by hand
 * (send-otp.ts, code-wish.ts), and takes exactly this.
 */
export const sendBody = z.object({
  phoneNumber: z.string().min(1).describe('E.164, with its +.'),
  route: z
    .array(z.string())
    .min(1)
    .max(MAX_CHANNELS)
    .refine((names) => new Set(names).size === names.length)
    .meta({ uniqueItems: true })
    .nullish()
    .describe('Channels, each once, in the order in which they are tried. Default: CODE_ROUTE.'),
  locale: z.string().nullish().describe('The language of the message, as BCP 47.'),
  ttlSeconds: z
    .int()
    .min(TTL_SECONDS[0])
    .max(TTL_SECONDS[1])
    .nullish()
    .describe('How long the code is good.'),
  otp: z.string().regex(OTP_DIGITS).nullish().describe('A code of your own instead of a random one.'),
});
