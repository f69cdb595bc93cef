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
    to: contactField.describe('E.164, or an e-mail address.'),
    channel: optional(channelField).describe(
      'The only channel. Default: those of CODE_ROUTE, e-mail for addresses.',
    ),
    route: optional(routeField).describe('Up to three channels in their order, instead of channel.'),
    userFirst: optional(wordField('userFirst', ['auto', 'only', 'never'])).describe(
      'Whether the person is asked to write first. Default: auto, where nothing can be pushed.',
    ),
    proof: optional(wordField('proof', ['code', 'message'])).describe(
      'What approves: the code (default), or the message that the person sends.',
    ),
    locale: optional(localeField).describe('The language of the texts, as BCP 47.'),
    codeLength: optional(wholeNumberField('codeLength', 4, 10)).describe('Digits of the code. Default: 6.'),
    ttlSeconds: optional(wholeNumberField('ttlSeconds', 60, 3_600)).describe(
      'How long the code is good. Default: 600.',
    ),
    action: optional(actionField).describe(
      'What it is for, told in the message: at most 40 characters, no link.',
    ),
    client: optional(clientField).describe(
      'Stands for the session of your app: others get a code of their own.',
    ),
    clientIp: optional(addressField).describe("The person's network address."),
    metadata: optional(metadataField).describe('Your own, given back.'),
    returnUrl: optional(returnUrlField).describe('Where the hosted page leads back to.'),
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
