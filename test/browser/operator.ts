import type { Locator, Page } from 'playwright-core';
import type { SimulatedWhatsApp } from '../../src/sandbox/whatsapp/index.js';
import {
  type Environment,
  newEnvironment,
  type Product,
  startProduct,
  startWhatsApp,
} from '../support/product.js';
import { until } from '../support/until.js';

export interface Gateway {
  whatsapp: SimulatedWhatsApp;
  product: Product;
}

/** The product on an empty database, next to a WhatsApp of its own; both end with the test. */
export async function startGateway(overrides: Environment = {}): Promise<Gateway> {
  const whatsapp = await startWhatsApp();
  return { whatsapp, product: await startProduct(newEnvironment(whatsapp, overrides)) };
}

/** As `startGateway`, with a number that is paired and connected. */
export async function startPairedGateway(overrides: Environment = {}): Promise<Gateway> {
  const gateway = await startGateway(overrides);
  await gateway.product.pair(gateway.whatsapp);
  return gateway;
}

/** Fills in the login form and presses its button; does not wait for what comes of it. */
export async function signIn(
  page: Page,
  { url, env }: Product,
  password = env.ADMIN_PASSWORD ?? '',
): Promise<void> {
  await page.goto(`${url}/admin/login`);
  await page.getByLabel('User name').fill(env.ADMIN_USERNAME ?? '');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Signs in; ends on the status page. */
export async function openDashboard(page: Page, product: Product): Promise<void> {
  await signIn(page, product);
  await page.waitForURL('**/admin/status');
  await buttonsAnswer(page);
}

/** On a busy machine a page is there before its scripts are. */
export async function buttonsAnswer(page: Page): Promise<void> {
  await page.locator('html[data-ready]').waitFor();
}

export interface SentCode {
  jobId: number;
  code: string;
  /** Unix ms. */
  expiresAt: number;
}

/** Asks for a code as a back end does. */
export async function requestCode(product: Product, phoneNumber: string): Promise<SentCode> {
  const { status, body } = await product.send(phoneNumber);
  if (status !== 202) throw new Error(`The request was answered with ${status}`);
  return {
    jobId: Number(body.jobId),
    code: String(body.otp),
    expiresAt: Date.parse(String(body.otp_expires_at)),
  };
}

/** As `requestCode`, and WhatsApp refuses the message; resolves when the job has failed. */
export async function failedCode({ whatsapp, product }: Gateway, phoneNumber: string): Promise<SentCode> {
  whatsapp.faults.rules.refuseMessages.set({ code: 477, onlyCold: false }, 1);
  const sent = await requestCode(product, phoneNumber);
  await jobReaches(product, sent.jobId, 'failed');
  return sent;
}

export async function jobReaches(product: Product, jobId: number, status: string): Promise<void> {
  await until(`job ${jobId} ${status}`, async () => (await product.job(jobId)).status === status);
}

/** The job's row in the list that the page shows. */
export function rowOf(page: Page, jobId: number): Locator {
  return page.getByRole('row').filter({ has: page.getByRole('link', { name: `#${jobId}`, exact: true }) });
}

/** What the audit log says was done, newest first, told by its page. */
export async function auditedActions(page: Page): Promise<string[]> {
  await page.getByRole('link', { name: 'Audit log' }).click();
  await page.getByRole('heading', { name: 'Audit log' }).waitFor();
  const texts = await page.getByRole('row').locator('td:last-child').allInnerTexts();
  return texts.map((text) => text.replace(/\s+/g, ' '));
}
