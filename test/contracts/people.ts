import { loadConfig } from '../../config/index.js';
import { openDatabase } from '../../database/connect.js';
import type { Store } from '../../database/schema.js';
import { createUsers, type Users } from '../../src/auth/accounts/users.js';
import { systemClock } from '../../src/clock.js';
import { cookieOf, newEmail, newPhone, type Product, textAt } from './harness.js';

export const PASSWORD = 'StrongPassword123';

/** Bodies that sign up through each contract. */
export const signUps = {
  phone: (phone: string) => ({ phoneNumber: phone, name: 'Asha S' }),
  whatsapp: (phone: string, email = newEmail()) => ({
    email,
    password: PASSWORD,
    full_name: 'John Farmer',
    role: 'farmer',
    phone,
  }),
  'two-factor': (email: string, phone?: string) => ({ firstName: 'Asha', lastName: 'Mehta', email, phone }),
  cookie: (email: string, phone?: string) => ({ email, password: PASSWORD, username: 'johndoe', phone }),
};

/** Somebody with an account, whose number and address nobody else has. */
export interface Person {
  id: string;
  phone: string;
  email: string;
}

export async function phoneUser(product: Product): Promise<Person & { token: string }> {
  const phone = newPhone();
  await product.post('/api/users/register', signUps.phone(phone));
  const first = { phoneNumber: phone, otp: await product.codeFor(phone), mode: 'register' };
  await product.post('/api/otp/verify', first);
  await product.post('/api/users/login', { phoneNumber: phone });
  const second = { phoneNumber: phone, otp: await product.codeFor(phone), mode: 'login' };
  const answer = await product.post('/api/otp/verify', second);
  return { id: textAt(answer, 'user', '_id'), phone, email: '', token: textAt(answer, 'token') };
}

/** The address is a label. */
export async function whatsappUser(
  product: Product,
  email = newEmail(),
): Promise<Person & { token: string }> {
  const phone = newPhone();
  await product.post('/api/auth-otp/register', signUps.whatsapp(phone, email));
  const otp = await product.codeFor(phone);
  const answer = await product.post('/api/auth-otp/verify', { phone, otp });
  return { id: textAt(answer, 'data', 'user', 'id'), phone, email, token: textAt(answer, 'data', 'token') };
}

/** Without a phone the address is proven. */
export async function twoFactorUser(product: Product, email = newEmail(), phone?: string): Promise<Person> {
  const started = await product.post('/api/auth/register/start', signUps['two-factor'](email, phone));
  const userId = textAt(started, 'data', 'userId');
  const otp = await product.codeFor(phone ?? email);
  await product.post('/api/auth/register/verify-otp', { userId, otp });
  await product.post('/api/auth/register/complete', { userId, password: PASSWORD });
  return { id: userId, phone: phone ?? '', email };
}

export async function twoFactorToken(product: Product, { id, email, phone }: Person): Promise<string> {
  await product.post('/api/auth/login', { email, password: PASSWORD });
  const otp = await product.codeFor(phone || email);
  const answer = await product.post('/api/auth/login/verify-otp', { userId: id, otp });
  return textAt(answer, 'data', 'accessToken');
}

/** Without a phone the address is proven. */
export async function cookieUser(
  product: Product,
  email = newEmail(),
  phone?: string,
): Promise<Person & { cookie: string }> {
  await product.post('/signup', signUps.cookie(email, phone));
  const otp = await product.codeFor(phone ?? email);
  const answer = await product.post('/verify-otp', { email, otp });
  return { id: textAt(answer, 'user', '_id'), phone: phone ?? '', email, cookie: cookieOf(answer) };
}

/** What an operator does while the product runs. */
export async function asOperator<T>(product: Product, act: (users: Users) => Promise<T>): Promise<T> {
  return await inDatabase(product, (store) => act(createUsers({ store, clock: systemClock })));
}

/** A look into the database of a product that runs. */
export async function inDatabase<T>({ env }: Product, look: (store: Store) => Promise<T>): Promise<T> {
  const database = await openDatabase(loadConfig({ environment: env, envFile: null }).database);
  try {
    return await look(database.store);
  } finally {
    await database.close();
  }
}
