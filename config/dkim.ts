import * as z from 'zod';

/** A label of the name at which others find the public key (RFC 6376, 3.1). */
export const dkimSelector = z
  .string()
  .regex(
    /^[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i,
    'must be a DKIM selector, like mail2026',
  );

/** In the form of PEM; a source without line breaks writes them as `\\n`. */
export const dkimKey = z
  .string()
  .transform((value) => value.replaceAll('\\n', '\n'))
  .refine((value) => /^-----BEGIN (RSA )?PRIVATE KEY-----\n/.test(value), 'must be a private key in PEM');
