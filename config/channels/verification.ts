import * as z from 'zod';

const secret = z.string().min(1, 'must not be empty');
const header = z.string().regex(/^[!#$%&'*+.^`|~\w-]+$/, 'must be the name of a header');

const hmac = z
  .strictObject({
    type: z.literal('hmac'),
    secret,
    header,
    algo: z.enum(['sha1', 'sha256', 'sha512'], 'must be sha1, sha256 or sha512').default('sha256'),
    encoding: z.enum(['hex', 'base64'], 'must be hex or base64').default('hex'),
    over: z.enum(['body', 'ts+body', 'body+ts'], 'must be body, ts+body or body+ts').default('body'),
    timestampHeader: header.nullable().default(null),
    prefix: z.string().default(''),
  })
  .refine(({ over, timestampHeader }) => over === 'body' || timestampHeader !== null, {
    path: ['timestampHeader'],
    message: 'must name the header whose time is signed with the body',
  });

/** How a provider shows that its receipts are its own; `"none"`: the address is the secret. */
export const verification = z
  .union([
    z.literal('none').transform(() => ({ type: 'none' as const })),
    z.discriminatedUnion(
      'type',
      [
        z.strictObject({ type: z.literal('none') }),
        z.strictObject({ type: z.literal('bearer'), token: secret }),
        z.strictObject({ type: z.literal('basic'), user: z.string(), password: secret }),
        hmac,
        z.strictObject({ type: z.literal('jwt-hs256'), secret, header: header.nullable().default(null) }),
      ],
      'must be "none", or have the type bearer, basic, hmac or jwt-hs256',
    ),
  ])
  .default({ type: 'none' });
