import { type RequestHandler, Router } from 'express';
import type { ProvenAccount } from '../auth/accounts/proven.js';
import type { Auth } from '../auth/index.js';
import type { OpenIdIdentity, OpenIdLogin } from '../auth/openid/openid.js';
import { refuseCrossSite } from '../http/access/cross-site.js';
import { answerErrors } from '../http/errors.js';
import { notFound } from '../http/gateway-errors.js';
import { noStore } from '../http/headers.js';
import { jsonBody } from '../http/parse.js';
import type { Limits } from '../limits/index.js';
import type { Log } from '../log.js';
import { accountErrors } from './account/errors.js';
import { createAccountDoors } from './account/index.js';
import { contractShape } from './answers.js';
import { cookieErrors } from './cookie/errors.js';
import { createGoogle } from './cookie/google.js';
import { createCookieContract } from './cookie/index.js';
import type { TokenCookieName } from './cookie/token-cookie.js';
import { createLookups } from './lookups.js';
import { passwordLogin } from './password-login.js';
import { type AddPath, createPaths } from './paths.js';
import { createPhoneContract, phoneErrors } from './phone.js';
import { createTwoFactorContract, twoFactorErrors } from './two-factor.js';
import { createWhatsAppContract, whatsappErrors } from './whatsapp.js';

export interface ContractsDeps {
  auth: Auth;
  /** Null: Google is not configured. */
  openid: OpenIdLogin | null;
  /** The account of the person whom Google has signed in. */
  accountFor(identity: OpenIdIdentity, requestId?: string): Promise<ProvenAccount>;
  /** The web sites whose pages may call with cookies; Google sends the browser back to the first. */
  clientUrls: readonly string[];
  limits: Limits;
  /** Of PUBLIC_URL; null: it is not set. */
  publicOrigin: string | null;
  /** The name of the cookie contract's cookie. */
  tokenCookie: TokenCookieName;
  perAddress: RequestHandler;
  /** Finds out who asks. */
  knowClient: RequestHandler;
  /** Lets operators pass. In production it guards what the contracts leave open. */
  operatorsOnly: RequestHandler;
  /** What guards the doors that send, beside the limits: a CAPTCHA, or nothing. */
  sendGuards: RequestHandler[];
  /** GET / */
  home: RequestHandler;
  log: Log;
}

/** Every URL of the four contracts and of people's own accounts, and what guards it, in the order in which it is checked. */
export function createContracts(deps: ContractsDeps): RequestHandler {
  const { auth } = deps;
  const router = Router({ caseSensitive: true });
  const clientOrigins = deps.clientUrls.map((url) => new URL(url).origin);
  const every = { router, clientOrigins, guards: [deps.perAddress, deps.knowClient], log: deps.log };
  const shared = { auth, lookups: createLookups(deps.limits) };
  const contracts = {
    phone: createPhoneContract(shared),
    whatsapp: createWhatsAppContract(shared),
    twoFactor: createTwoFactorContract(shared),
    cookie: createCookieContract({ ...shared, cookieName: deps.tokenCookie }),
  };
  const guards = {
    operators: auth.settings.production ? [deps.operatorsOnly] : [],
    ownSite: refuseCrossSite({ origin: deps.publicOrigin, trusted: clientOrigins }),
    sends: deps.sendGuards,
    home: deps.home,
  };
  phone(createPaths(phoneErrors, every), contracts, guards);
  whatsapp(createPaths(whatsappErrors, every), contracts, guards);
  twoFactor(createPaths(twoFactorErrors, every), contracts, guards);
  bothLogins(createPaths(twoFactorErrors, every), contracts, auth);
  cookie(createPaths(cookieErrors, every), contracts, guards);
  account(
    createPaths(accountErrors, every),
    createAccountDoors({ auth, cookieName: deps.tokenCookie, ownSite: guards.ownSite }),
    guards,
  );
  const shape = contractShape(accountErrors);
  router.all('/account{/*path}', ...every.guards, notFound, answerErrors({ shape, log: deps.log }));
  google(
    createPaths(cookieErrors, every),
    createGoogle({ ...deps, signIn: contracts.cookie.signIn, secureCookies: auth.settings.production }),
  );
  return router;
}

interface Contracts {
  phone: ReturnType<typeof createPhoneContract>;
  whatsapp: ReturnType<typeof createWhatsAppContract>;
  twoFactor: ReturnType<typeof createTwoFactorContract>;
  cookie: ReturnType<typeof createCookieContract>;
}

interface Guards {
  operators: RequestHandler[];
  ownSite: RequestHandler;
  sends: RequestHandler[];
  home: RequestHandler;
}

function phone(at: AddPath, { phone }: Contracts, { operators, sends }: Guards): void {
  at('/api/users/register', { post: [jsonBody, ...sends, phone.register] });
  at('/api/users/login', { post: [jsonBody, ...sends, phone.login] });
  at('/api/otp/verify', { post: [jsonBody, phone.verify] });
  at('/api/users/get-all-users', { get: [...operators, phone.listUsers] });
}

function whatsapp(at: AddPath, { whatsapp }: Contracts, { operators, sends }: Guards): void {
  at('/api/auth-otp/register', { post: [jsonBody, ...sends, whatsapp.register] });
  at('/api/auth-otp/resend', { post: [jsonBody, ...sends, whatsapp.resend] });
  at('/api/auth-otp/verify', { post: [jsonBody, whatsapp.verify] });
  at('/api/auth-otp/request-login', { post: [jsonBody, ...sends, whatsapp.requestLogin] });
  at('/api/auth-otp/verify-login', { post: [jsonBody, whatsapp.verifyLogin] });
  at('/api/auth-otp/cleanup', { get: [...operators, whatsapp.cleanUp] });
  at('/api/users/me', { get: [whatsapp.me] });
}

function twoFactor(at: AddPath, { twoFactor }: Contracts, { sends }: Guards): void {
  at('/api/auth/register/start', { post: [jsonBody, ...sends, twoFactor.start] });
  at('/api/auth/register/verify-otp', { post: [jsonBody, twoFactor.verify] });
  at('/api/auth/register/resend-otp', { post: [jsonBody, ...sends, twoFactor.resend] });
  at('/api/auth/register/complete', { post: [jsonBody, twoFactor.complete] });
  at('/api/auth/login/resend-otp', { post: [jsonBody, ...sends, twoFactor.resendLogin] });
  at('/api/auth/login/verify-otp', { post: [jsonBody, twoFactor.verifyLogin] });
  at('/api/auth/me', { get: [twoFactor.me] });
}

/** Part of two contracts; the account decides which of them answers. */
function bothLogins(at: AddPath, { whatsapp, twoFactor }: Contracts, auth: Auth): void {
  const login = passwordLogin({
    door: auth.for('whatsapp'),
    secure: auth.settings.production,
    withToken: whatsapp.passwordLogin,
    withSecondStep: twoFactor.passwordLogin,
  });
  at('/api/auth/login', { post: [jsonBody, login] });
}

function cookie(at: AddPath, { cookie }: Contracts, { ownSite, sends, home }: Guards): void {
  at('/signup', { post: [ownSite, jsonBody, ...sends, cookie.signUp] });
  at('/verify-otp', { post: [ownSite, jsonBody, cookie.verify] });
  at('/resend-otp', { post: [ownSite, jsonBody, ...sends, cookie.resend] });
  at('/login', { post: [ownSite, jsonBody, cookie.login] });
  at('/logout', { post: [ownSite, cookie.logout] });
  at('/', { get: [home], post: [ownSite, cookie.whoAmI] });
  at('/protected', { get: [cookie.protected] });
}

function account(at: AddPath, account: ReturnType<typeof createAccountDoors>, { sends }: Guards): void {
  const { signedIn } = account;
  at('/account/password', { post: [...signedIn, jsonBody, account.changePassword] });
  at('/account/password/code', { post: [...signedIn, jsonBody, account.sendCode] });
  at('/account/sign-out-everywhere', { post: [...signedIn, account.signOutEverywhere] });
  at('/account/forgot', { post: [jsonBody, ...sends, account.forgot] });
  at('/account/reset', { post: [jsonBody, account.reset] });
}

function google(at: AddPath, google: ReturnType<typeof createGoogle>): void {
  at('/auth/google', { get: [noStore, google.begin] });
  at('/auth/google/callback', { get: [noStore, google.callback] });
}
