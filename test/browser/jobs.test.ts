import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { until } from '../support/until.js';
import { useBrowser } from './browser.js';
import {
  buttonsAnswer,
  failedCode,
  type Gateway,
  jobReaches,
  openDashboard,
  requestCode,
  rowOf,
  startPairedGateway,
} from './operator.js';

const browser = useBrowser();
const SARA = '+201001234567';
const OMAR = '+966501112233';
const NOBODY = '+447700900123';

const phone = (index: number) => `+2010055${String(index).padStart(5, '0')}`;

async function openJobs(gateway: Gateway): Promise<Page> {
  const page = await browser.newPage({ baseURL: gateway.product.url });
  await openDashboard(page, gateway.product);
  await page.getByRole('link', { name: 'Jobs', exact: true }).click();
  await page.getByRole('heading', { name: 'Jobs', exact: true }).waitFor();
  await buttonsAnswer(page);
  return page;
}

/** Types a search and presses Enter; resolves with the numbers of the jobs that are listed then. */
async function search(page: Page, text: string): Promise<string[]> {
  await page.getByRole('searchbox', { name: 'Search' }).fill(text);
  await page.getByRole('searchbox', { name: 'Search' }).press('Enter');
  await page.waitForURL((url) => (url.searchParams.get('q') ?? '') === text);
  return page
    .getByRole('cell')
    .getByRole('link', { name: /^#\d+$/ })
    .allInnerTexts();
}

it('jobs are found by part of the phone number, the exact code, the message, the error and the status', async () => {
  const gateway = await startPairedGateway({ OTP_LENGTH: '8' });
  const { whatsapp, product } = gateway;
  const omar = await failedCode(gateway, OMAR);
  const sara = await requestCode(product, SARA);
  whatsapp.setOnWhatsApp(NOBODY, false);
  const nobody = await requestCode(product, NOBODY);
  await jobReaches(product, nobody.jobId, 'failed');
  await jobReaches(product, sara.jobId, 'sent');
  const page = await openJobs(gateway);
  const [toSara, toOmar, toNobody] = [sara, omar, nobody].map(({ jobId }) => `#${jobId}`);

  const found = async (text: string) => (await search(page, text)).sort();
  await until('the index', async () => (await found('0100123')).length === 1);
  expect(await found('0100123')).toEqual([toSara]);
  expect(await found('\u202a+20 100 123\u20114567\u202c')).toEqual([toSara]);
  expect(await found('٢٠١٠٠١٢٣٤٥٦٧')).toEqual([toSara]);
  expect(await found(omar.code)).toEqual([toOmar]);
  expect(await found(`${omar.code.slice(0, 4)}\u2009${omar.code.slice(4)}`)).toEqual([toOmar]);
  expect(await found(omar.code.slice(0, 6))).toEqual([]);
  await page.getByText('No job matches this filter.').waitFor();
  expect(await found('not registered')).toEqual([toNobody]);
  expect(await found('verification code')).toEqual([toOmar, toSara, toNobody]);

  await page.getByLabel('Status', { exact: true }).selectOption('Failed');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.waitForURL(/status=failed/);
  await rowOf(page, sara.jobId).waitFor({ state: 'detached' });
  expect(await found('verification code')).toEqual([toOmar, toNobody]);
  await page.getByRole('link', { name: 'Clear all' }).click();
  await rowOf(page, sara.jobId).waitFor();
  expect(new URL(page.url()).search).toBe('');
});

it('a long list has pages; where one is stands in the address, so that links and the back button work', async () => {
  const gateway = await startPairedGateway();
  await Promise.all(Array.from({ length: 60 }, (_, index) => requestCode(gateway.product, phone(index))));
  const page = await openJobs(gateway);
  const pages = page.getByRole('navigation', { name: 'Pages' });
  const numbers = () =>
    page
      .getByRole('cell')
      .getByRole('link', { name: /^#\d+$/ })
      .allInnerTexts();

  await pages.getByText('1–25 of 60').waitFor();
  expect((await numbers())[0]).toBe('#60');
  await pages.getByRole('link', { name: 'Next' }).click();
  await pages.getByText('26–50 of 60').waitFor();
  expect((await numbers())[0]).toBe('#35');
  await pages.getByRole('link', { name: 'Last' }).click();
  await pages.getByText('51–60 of 60').waitFor();
  expect((await numbers()).at(-1)).toBe('#1');
  await page.goBack();
  await pages.getByText('26–50 of 60').waitFor();

  const shared = await page.context().newPage();
  await shared.goto(page.url());
  await shared.getByText('26–50 of 60').waitFor();
  await shared.getByLabel('Per page').selectOption('100');
  await shared.getByRole('button', { name: 'Apply' }).click();
  await shared.getByText('1–60 of 60').waitFor();
});

it('a number is masked until it is revealed, and a code is shown nowhere', async () => {
  const gateway = await startPairedGateway({ OTP_LENGTH: '8' });
  const { jobId, code } = await requestCode(gateway.product, SARA);
  const other = await requestCode(gateway.product, OMAR);
  await jobReaches(gateway.product, jobId, 'sent');
  const page = await openJobs(gateway);
  expect(await page.content()).not.toContain(SARA);

  await page.getByRole('button', { name: `Reveal the number of job #${jobId}` }).click();
  await rowOf(page, jobId).getByText(SARA).waitFor();
  expect(await page.content()).not.toContain(OMAR);
  await rowOf(page, other.jobId).getByText('+96********33').waitFor();

  await page.getByRole('button', { name: `Hide the number of job #${jobId}` }).click();
  await rowOf(page, jobId).getByText('+20********67').waitFor();
  expect(await page.content()).not.toContain(SARA);

  await page.getByRole('link', { name: `#${jobId}`, exact: true }).click();
  await page.getByText(/Your verification code is \D+\. It is valid/).waitFor();
  expect(await page.content()).not.toContain(code);
});

it('jobs are found by time, which the page takes and shows in the reader’s own zone', async () => {
  const gateway = await startPairedGateway();
  const { jobId } = await requestCode(gateway.product, SARA);
  const page = await openJobs(gateway);
  await page.getByLabel('Requested', { exact: true }).selectOption('Last hour');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.waitForURL(/since=1h/);
  await rowOf(page, jobId).waitFor();

  await page.getByText('Requested from … to').click();
  await page.getByLabel(/^To/).fill('2026-01-31T10:00');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('No job matches this filter.').waitFor();
  const { searchParams } = new URL(page.url());
  expect(Object.fromEntries(searchParams)).toMatchObject({ to: '2026-01-31T08:00:00.000Z' });
  expect(searchParams.has('since')).toBe(false);
  await expect.poll(() => page.getByLabel(/^To/).inputValue()).toBe('2026-01-31T10:00');
  await page.getByRole('list', { name: 'Filters in use' }).getByRole('link', { name: /^To/ }).click();
  await rowOf(page, jobId).waitFor();
});

it('a list without a filter offers to retry what failed and to delete what is finished; an empty one offers nothing', async () => {
  const gateway = await startPairedGateway();
  const page = await openJobs(gateway);
  await page.getByText('No code has been requested yet.').waitFor();
  const bulk = page.getByRole('button', { name: /…$/ });
  expect(await bulk.count()).toBe(0);
  await failedCode(gateway, SARA);
  await page.getByRole('button', { name: 'Retry all failed…' }).waitFor();
  expect(await bulk.allInnerTexts()).toEqual(['Retry all failed…', 'Delete all finished…']);
  await page.goto('/admin/jobs?status=expired');
  await page.getByText('No job matches this filter.').waitFor();
  expect(await bulk.count()).toBe(0);
});
