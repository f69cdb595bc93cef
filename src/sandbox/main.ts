import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { loadConfig, secretsOf } from '../../config/index.js';
import type { Sender } from '../channels/sender.js';
import { sleep, systemClock } from '../clock.js';
import { start } from '../start.js';
import { EXAMPLE_NUMBER, SECOND_NUMBER, SENDER_NUMBER, sandboxEnvironment } from './settings.js';
import type { Manner } from './switches.js';

const SHUTDOWN_BOUND_MS = 9_000;

if (process.env.NODE_ENV === 'production') {
  console.error('NODE_ENV: the sandbox does not start in production; it must be development, test or unset.');
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'otp-sandbox-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

await start(main);

async function main(): Promise<void> {
  const [
    { createSimulatedWhatsApp },
    { createMailServer },
    { createSmsProvider },
    { sandboxChannels },
    { openApp },
    { createLogging },
    { watchProcess },
    { createSandboxPages },
    { createSwitches },
  ] = await Promise.all([
    import('./whatsapp/index.js'),
    import('./mail/index.js'),
    import('./providers/sms-provider.js'),
    import('./channels.js'),
    import('../app.js'),
    import('../logging/logging.js'),
    import('../process.js'),
    import('./pages.js'),
    import('./switches.js'),
  ]);
  const [whatsapp, mail, sms] = await Promise.all([
    createSimulatedWhatsApp(),
    createMailServer(),
    createSmsProvider(),
  ]);
  const channelsFile = join(folder, 'channels.json');
  writeFileSync(channelsFile, JSON.stringify(sandboxChannels(sms)));
  const config = loadConfig({
    environment: sandboxEnvironment(
      process.env,
      folder,
      { whatsapp: whatsapp.url, mail: mail.url },
      channelsFile,
    ),
    envFile: null,
  });
  const logging = createLogging({
    ...config.log,
    console: config.env === 'production' ? 'json' : 'pretty',
    secrets: secretsOf(config),
    clock: systemClock,
  });
  const watch = watchProcess({ logging, boundMs: SHUTDOWN_BOUND_MS });
  const owner = whatsapp.phone(SENDER_NUMBER);
  for (const number of [EXAMPLE_NUMBER, SECOND_NUMBER]) whatsapp.handset(number);
  const manner: Manner = { naming: 'lid' };
  let base = '';
  const app = await openApp({
    config,
    log: logging.log,
    onLockLost: () => watch.fail('the lock on the database was lost'),
    pages: (sender) =>
      createSandboxPages({
        whatsapp,
        mail,
        sms,
        owner,
        switches: createSwitches(whatsapp, owner, mail, sms, manner),
        manner,
        exampleNumber: EXAMPLE_NUMBER,
        sender,
        async api(method, path, body) {
          const answer = await fetch(`${base}${path}`, {
            method,
            headers: { 'content-type': 'application/json', 'x-api-key': config.apiKey },
            ...(body && { body: JSON.stringify(body) }),
          });
          return { status: answer.status, body: await answer.json() };
        },
      }),
  });
  watch.guard({
    handleRejection: app.handleRejection,
    async close() {
      await app.close();
      await Promise.all([whatsapp.close(), mail.close(), sms.close()]);
    },
  });
  const port = await app.listen();
  base = `http://127.0.0.1:${port}`;
  await pair(app.sender, (qr) => owner.scan(qr));
  console.log(welcome(`http://localhost:${port}`, config));
}

/** The first scan is done for the newcomer; later ones are a click on the page. */
async function pair(sender: Sender, scan: (qr: string) => Promise<unknown>): Promise<void> {
  const deadline = systemClock.now() + 20_000;
  let scanned = false;
  while (sender.status().state !== 'READY' && systemClock.now() < deadline) {
    const { qr } = sender.status();
    if (qr !== null && !scanned) {
      scanned = true;
      await scan(qr);
    }
    await sleep(systemClock, 50);
  }
}

function welcome(
  base: string,
  config: { apiKey: string; admin: { username: string; password: string } },
): string {
  return `
  The gateway runs with a simulated WhatsApp and a mail server of its own. Nothing leaves this machine.

  Handsets    ${base}/sandbox
  Dashboard   ${base}/admin/status   (user ${config.admin.username}, password ${config.admin.password})

  Request a code:

    curl -s ${base}/api/v1/otp/send -H 'Content-Type: application/json' \\
      -H 'X-API-KEY: ${config.apiKey}' -d '{"phoneNumber":"${EXAMPLE_NUMBER}"}'

  Read it on the handset:

    curl -s '${base}/sandbox/messages?to=${EXAMPLE_NUMBER}'

  A code that goes on by SMS: on the Handsets page, restrict the sender and start a verification.
  A person who writes first: tap its link on the handset; the code comes as the answer.

  Whoever signs up without a number gets a mail: ${base}/sandbox/mails
  What goes out by SMS: ${base}/sandbox/sms

  Ctrl-C ends the sandbox and removes its data.
`;
}
