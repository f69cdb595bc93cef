import * as z from 'zod';
import {
  actionField,
  addressField,
  channelField,
  clientField,
  codeField,
  contactField,
  localeField,
  metadataField,
  optional,
  returnUrlField,
  routeField,
  wholeNumberField,
  wordField,
} from './fields.js';

export const startBody = z
  .object({
    to: contactField,
    channel: optional(channelField),
    route: optional(routeField),
    userFirst: optional(wordField('userFirst', ['auto', 'only', 'never'])),
    proof: optional(wordField('proof', ['code', 'message'])),
    locale: optional(localeField),
    codeLength: optional(wholeNumberField('codeLength', 4, 10)),
    ttlSeconds: optional(wholeNumberField('ttlSeconds', 60, 3_600)),
    action: optional(actionField),
    client: optional(clientField),
    clientIp: optional(addressField),
    metadata: optional(metadataField),
    returnUrl: optional(returnUrlField),
  })
  .superRefine(({ channel, route }, context) => {
    if (channel === undefined || route === undefined) return;
    context.addIssue({
      code: 'custom',
      path: ['route'],
      message: 'route and channel must not both be given',
    });
  });
export type StartBody = z.output<typeof startBody>;

export const checkBody = z.object({ code: codeField, clientIp: optional(addressField) });

export const checkByContactBody = z.object({
  to: contactField,
  code: codeField,
  action: optional(actionField),
  client: optional(clientField),
  clientIp: optional(addressField),
});

export const resendBody = z.object({ channel: optional(channelField), clientIp: optional(addressField) });
