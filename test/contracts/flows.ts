import { type Answer, newEmail, newPhone, type Product, textAt } from './harness.js';
import { PASSWORD, phoneUser, signUps, twoFactorUser, whatsappUser } from './people.js';

export interface Who {
  phone: string;
  email: string;
}

/** Somebody who has been sent a code. */
export interface Waiting extends Who {
  /** Where the code has come to. */
  contact: string;
  code: string;
  /** Types a code in. 200 or 201: it was right. */
  give(otp: string): Promise<Answer>;
  /** Asks for another one. */
  again(): Promise<Answer>;
}

/** A way to be sent a code; `who`: for this person, who must have no account yet. */
export type Flow = (product: Product, who?: Partial<Who>) => Promise<Waiting>;

export const newWho = (): Who => ({ phone: newPhone(), email: newEmail() });

export const phoneSignUp: Flow = async (product, who) => {
  const { phone, email } = { ...newWho(), ...who };
  let registration: unknown;
  const again = async () => {
    const answer = await product.post('/api/users/register', { ...signUps.phone(phone), registration });
    registration = answer.body.registration;
    return answer;
  };
  const give = (otp: string) =>
    product.post('/api/otp/verify', { phoneNumber: phone, otp, mode: 'register' });
  await again();
  return { phone, email, contact: phone, give, again, code: await product.codeFor(phone) };
};

export const phoneLogin: Flow = async (product) => loginByPhone(product, await phoneUser(product));

export async function loginByPhone(product: Product, { phone, email }: Who): Promise<Waiting> {
  const again = () => product.post('/api/users/login', { phoneNumber: phone });
  const give = (otp: string) => product.post('/api/otp/verify', { phoneNumber: phone, otp, mode: 'login' });
  await again();
  return { phone, email, contact: phone, give, again, code: await product.codeFor(phone) };
}

export const whatsappSignUp: Flow = async (product, who) => {
  const { phone, email } = { ...newWho(), ...who };
  const again = () => product.post('/api/auth-otp/resend', { phone });
  const give = (otp: string) => product.post('/api/auth-otp/verify', { phone, otp });
  await product.post('/api/auth-otp/register', signUps.whatsapp(phone, email));
  return { phone, email, contact: phone, give, again, code: await product.codeFor(phone) };
};

export const whatsappLogin: Flow = async (product) => loginByWhatsApp(product, await whatsappUser(product));

export async function loginByWhatsApp(product: Product, { phone, email }: Who): Promise<Waiting> {
  const again = () => product.post('/api/auth-otp/request-login', { phone });
  const give = (otp: string) => product.post('/api/auth-otp/verify-login', { phone, otp });
  await again();
  return { phone, email, contact: phone, give, again, code: await product.codeFor(phone) };
}

/** To the phone, unless there is none. */
export const twoFactorSignUp: Flow = async (product, who) => {
  const { phone, email } = { ...newWho(), ...who };
  const body = signUps['two-factor'](email, phone || undefined);
  const userId = textAt(await product.post('/api/auth/register/start', body), 'data', 'userId');
  const again = () => product.post('/api/auth/register/resend-otp', { email });
  const give = (otp: string) => product.post('/api/auth/register/verify-otp', { userId, otp });
  const contact = phone || email;
  return { phone, email, contact, give, again, code: await product.codeFor(contact) };
};

/** By e-mail. */
export const twoFactorLogin: Flow = async (product) => {
  const { id: userId, phone, email } = await twoFactorUser(product);
  await product.post('/api/auth/login', { email, password: PASSWORD });
  const again = () => product.post('/api/auth/login/resend-otp', { userId });
  const give = (otp: string) => product.post('/api/auth/login/verify-otp', { userId, otp });
  return { phone, email, contact: email, give, again, code: await product.codeFor(email) };
};

/** To the phone, unless there is none. */
export const cookieSignUp: Flow = async (product, who) => {
  const { phone, email } = { ...newWho(), ...who };
  const again = () => product.post('/resend-otp', { email });
  const give = (otp: string) => product.post('/verify-otp', { email, otp });
  await product.post('/signup', signUps.cookie(email, phone || undefined));
  const contact = phone || email;
  return { phone, email, contact, give, again, code: await product.codeFor(contact) };
};

export const byMail =
  (flow: Flow): Flow =>
  (product, who) =>
    flow(product, { ...who, phone: '' });

export const FLOWS: [name: string, flow: Flow][] = [
  ['the sign-up of the phone contract', phoneSignUp],
  ['the login of the phone contract', phoneLogin],
  ['the sign-up of the whatsapp contract', whatsappSignUp],
  ['the login of the whatsapp contract', whatsappLogin],
  ['the sign-up of the two-factor contract', twoFactorSignUp],
  ['the login of the two-factor contract', twoFactorLogin],
  ['the sign-up of the cookie contract', byMail(cookieSignUp)],
];

export const isRight = ({ status }: Answer) => status === 200 || status === 201;
