import { expect, it } from 'vitest';
import { useBrowser } from './browser.js';
import { openDashboard, signIn, startGateway } from './operator.js';

const browser = useBrowser();

it('whoever is not signed in is led to the login, and from there to the status page', async () => {
  const { product } = await startGateway();
  const page = await browser.newPage();
  for (const path of ['/', '/admin', '/admin/status', '/admin/jobs', '/admin/jobs/1', '/admin/audit']) {
    await page.goto(product.url + path);
    expect(page.url(), path).toBe(`${product.url}/admin/login`);
  }
  await openDashboard(page, product);
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('Status');

  await page.goto(`${product.url}/admin/login`);
  expect(page.url()).toBe(`${product.url}/admin/status`);
});

it('a wrong password is told without saying what was wrong, and the right one then works', async () => {
  const { product } = await startGateway();
  const page = await browser.newPage();
  await signIn(page, product, 'not the password');
  expect(await page.getByRole('alert').textContent()).toBe('The user name or the password is wrong.');
  expect(await page.getByLabel('User name').inputValue()).toBe(product.env.ADMIN_USERNAME);
  await page.locator('#password:focus').waitFor();
  await openDashboard(page, product);
});

it('after five failures the page says when to come back', async () => {
  const { product } = await startGateway();
  const page = await browser.newPage();
  for (let failure = 1; failure <= 5; failure++) {
    await signIn(page, product, 'not the password');
    await page.getByRole('alert').waitFor();
  }
  await signIn(page, product);
  expect(await page.getByRole('alert').textContent()).toMatch(/Try again in 15 minutes \(\d\d:\d\d UTC\)/);
});

it('after signing out, going back shows nothing', async () => {
  const { product } = await startGateway();
  const page = await browser.newPage();
  await openDashboard(page, product);
  for (const cookie of await page.context().cookies()) {
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  }

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/admin/login');
  await page.goBack();
  await page.waitForURL('**/admin/login');
  expect((await page.request.get(`${product.url}/admin/api/status`)).status()).toBe(401);
});

it('a link on another site leads whoever is signed in to where it points, and others to the login', async () => {
  const { product } = await startGateway();
  const page = await browser.newPage();
  await page.route('http://elsewhere.test/', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<a href="${product.url}/admin/jobs?status=failed">Failed</a> <a href="${product.url}/">Home</a>`,
    }),
  );
  const follow = async (name: string, to: string) => {
    await page.goto('http://elsewhere.test/');
    await page.getByRole('link', { name }).click();
    await page.waitForURL(`${product.url}${to}`);
  };
  /** The page itself, not the one of the same address that asks for it once more. */
  const heading = (name: string) => page.getByRole('heading', { name, exact: true }).waitFor();
  await follow('Failed', '/admin/login');
  await openDashboard(page, product);
  await follow('Failed', '/admin/jobs?status=failed');
  await heading('Jobs');
  await follow('Home', '/admin/status');
  await heading('Status');
  await page.goto(`${product.url}/admin/status`);
  expect(page.url()).toBe(`${product.url}/admin/status`);
});

it('with an HTTPS address outside, the dashboard also opens through a tunnel to this machine', async () => {
  const { product } = await startGateway({ PUBLIC_URL: 'https://otp.example.com' });
  const page = await browser.newPage();
  await openDashboard(page, product);
  const cookies = await page.context().cookies();
  expect(cookies.map(({ name }) => name).sort()).toEqual(['__Host-otp_admin', '__Host-otp_device']);
  for (const cookie of cookies) {
    expect(cookie).toMatchObject({ path: '/', secure: true, httpOnly: true, sameSite: 'Strict' });
  }
});
