import * as z from 'zod';
import { emailField, passwordField } from '../fields.js';

/** What `/api/auth/login` takes, for two contracts. */
export const credentials = z.object({
  email: emailField('Please provide a valid email'),
  password: passwordField('Password is required'),
});
