import { join } from 'node:path';
import { it } from 'vitest';
import { run } from '../support/child.js';
import { newFolder } from '../support/databases.js';
import { until } from '../support/until.js';
import { useBrowser } from './browser.js';
import { expectGoodLooks } from './looks.js';

const browser = useBrowser();
const MAIN = join(import.meta.dirname, '../../dist/src/sandbox/main.js');
const HANDSET = '+12025550177';
/** A second phone of the sandbox. */
const STRANGER = '+12025550144';
/** The number that the sandbox pairs. */
const SENDER = '+12025550100';

async function openSandbox() {
  const child = run(process.execPath, [MAIN], {
    cwd: newFolder(),
    env: { PORT: '0', TMPDIR: newFolder() },
  });
  const [, url = '', password = ''] = await until(
    'the welcome',
    () => /Handsets\s+(\S+)\/sandbox\n[\s\S]*password (\S+)\)/.exec(child.output()),
    30_000,
  );
  const handsets = await browser.newPage({ baseURL: url, bypassCSP: true });
  await handsets.goto('/sandbox');
  return { handsets, password };
}

it('a newcomer to the sandbox links the number by QR and by code, sends a code, and has one refused', async () => {
  const { handsets, password } = await openSandbox();
  await handsets.getByRole('link', { name: 'Dashboard' }).click();
  await handsets.getByLabel('User name').fill('admin');
  await handsets.getByLabel('Password').fill(password);
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

  await handsets.getByRole('button', { name: 'Refuse the next message: off' }).click();
  await handsets.getByRole('button', { name: 'Refuse the next message: on' }).waitFor();
  await handsets.getByRole('button', { name: 'Send a code' }).click();
  await dashboard.getByText('WhatsApp refused the message.').waitFor();
  await handsets.getByRole('button', { name: 'Refuse the next message: off' }).waitFor();

  await dashboard.getByRole('button', { name: 'Logout WA & New Scan' }).click();
  await dashboard.getByRole('dialog').getByRole('button', { name: 'Log out' }).click();
  await dashboard.getByLabel('Number of the phone').fill(SENDER);
  await dashboard.getByRole('button', { name: 'Get a pairing code' }).click();
  const code = dashboard.getByText(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/);
  await code.waitFor();
  const typed = handsets.getByLabel(/type the pairing code/);
  await typed.fill('AAAA-1111');
  await typed.press('Enter');
  const answer = handsets.getByRole('status');
  await answer.getByText('The pairing code is wrong. Get a new code').waitFor();
  await answer.getByText('conflict', { exact: true }).waitFor();
  const used = await code.innerText();
  await dashboard.getByLabel('Number of the phone').fill(SENDER);
  await dashboard.getByRole('button', { name: 'Get a pairing code' }).click();
  await code.filter({ hasNotText: used }).waitFor();
  await typed.fill(await code.innerText());
  await typed.press('Enter');
  await dashboard.getByText('Connected', { exact: true }).waitFor();
});

it('a newcomer sees a code go on by SMS under a lock, and a person write first, from the page alone', async () => {
  const { handsets } = await openSandbox();
  const verification = handsets.getByRole('list', { name: 'Verifications' }).getByRole('listitem');
  await handsets.getByRole('button', { name: 'Restrict the sender (463): off' }).click();
  await handsets.getByText('RESTRICTED', { exact: true }).waitFor();

  await handsets.getByLabel('Phone number', { exact: true }).fill(HANDSET);
  await handsets.getByRole('button', { name: 'Start', exact: true }).click();
  await verification.filter({ hasText: 'sender_restricted' }).first().waitFor();
  await verification.filter({ hasText: 'SMS delivered' }).first().waitFor();
  const sms = handsets.locator('#sms').getByRole('listitem').filter({ hasText: HANDSET });
  const [code = ''] = /\b\d{6}\b/.exec(await sms.innerText()) ?? [];

  const handset = (number: string) =>
    handsets.getByRole('article').filter({ has: handsets.getByRole('heading', { name: number }) });
  // On a second phone, the link proves nothing.
  await handset(STRANGER)
    .getByRole('button', { name: `Tap the link of ${HANDSET}` })
    .click();
  await verification.getByText('sender_mismatch').waitFor();
  await handset(HANDSET).getByRole('button', { name: 'Tap the link, and send' }).click();
  await handset(HANDSET).getByText(code).waitFor();
  await expectGoodLooks(handsets, 'sandbox');

  await handsets.getByLabel('The code that came').fill(code);
  await handsets.getByRole('button', { name: 'Check it' }).click();
  await verification.getByText('approved', { exact: true }).waitFor();
});
