import * as z from 'zod';
import { gatewayFailures } from '../failures.js';
import type { Surface } from '../operation.js';

/** What this server says about itself. */
export const about: Surface = {
  name: 'About',
  description: 'What this server says about itself.',
  operations: [
    {
      id: 'openapi',
      method: 'get',
      path: '/openapi.json',
      summary: 'This document',
      security: [],
      answers: {
        200: {
          description: 'OpenAPI 3.1.',
          schema: z.looseObject({ openapi: z.literal('3.1.0') }),
          sample: { openapi: '3.1.0' },
        },
      },
      failures: gatewayFailures('rate_limited'),
    },
    {
      id: 'securityTxt',
      method: 'get',
      path: '/.well-known/security.txt',
      summary: 'Where to report a weakness',
      description: 'RFC 9116. Only where SECURITY_CONTACT is set.',
      security: [],
      answers: {
        200: {
          description: 'The contact.',
          type: 'text/plain',
          schema: z.string(),
          sample: 'Contact: mailto:security@example.com\nExpires: 2027-05-20T03:10:01.705Z\n',
        },
      },
      failures: gatewayFailures('not_found', 'rate_limited'),
    },
  ],
};
