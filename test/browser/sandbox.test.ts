import { join } from 'node:path';
import { it } from 'vitest';
import { run, until } from '../support/child.js';
import { newFolder } from '../support/databases.js';
import { useBrowser } from './browser.js';
import { expectGoodLooks } from './looks.js';

const browser = useBrowser();
const MAIN = join(import.meta.dirname, '../../dist/src/sandbox/main.js');
const HANDSET = '+12025550177';
const PASSWORD = 'a password for the sandbox';

it('a newcomer to the sandbox logs the number out, scans the new QR with its phone and sends a code', async () => {
  const child = run(process.execPath, [MAIN], {
    cwd: newFolder(),
    env: { PORT: '0', TMPDIR: newFolder(), ADMIN_PASSWORD: PASSWORD },
  });
  const url = await until(
    'the welcome',
    () => /Handsets\s+(\S+)\/sandbox\n/.exec(child.output())?.[1],
    30_000,
  );
  const handsets = await browser.newPage({ baseURL: url, bypassCSP: true });
  await handsets.goto('/sandbox');
  await handsets.getByRole('link', { name: 'Dashboard' }).click();
  await handsets.getByLabel('User name').fill('admin');
  await handsets.getByLabel('Password').fill(PASSWORD);
  await handsets.getByRole('button', { name: 'Sign in' }).click();
  await handsets.waitForURL('**/admin/status');
  const dashboard = await handsets.context().newPage();
  await dashboard.goto('/admin/status');
  await handsets.goto('/sandbox');

  await dashboard.getByRole('button', { name: 'Logout WA & New Scan' }).click();
  await dashboard.getByRole('dialog').getByRole('button', { name: 'Log out' }).click();
  await dashboard.getByRole('img', { name: /QR code/ }).waitFor();
  await handsets.getByRole('button', { name: 'Scan the QR with this phone' }).click();
  await dashboard.getByText('Connected', { exact: true }).waitFor();

  await handsets.getByLabel('Phone number of the handset').fill(HANDSET);
  await handsets.getByRole('button', { name: 'Send a code' }).click();
  await handsets
    .getByRole('article')
    .filter({ hasText: HANDSET })
    .getByText(/verification code is \d{4}/)
    .waitFor();
  await dashboard.locator('[data-label="Delivered"] time').waitFor();
  await expectGoodLooks(handsets, 'sandbox');
});
