import { type RequestHandler, Router } from 'express';
import type { Sender } from '../channels/sender.js';
import { AppError } from '../errors.js';
import { ownField } from '../http/answer.js';
import { noStore } from '../http/headers.js';
import { jsonBody } from '../http/parse.js';
import { queryOf } from '../http/query.js';
import { isLoopback } from '../loopback.js';
import { parseE164 } from '../otp/phone.js';
import { typedEmail } from '../typed/email.js';
import { isBlank } from '../typed/invisible.js';
import { typedNumber } from '../typed/number.js';
import type { MailServer } from './mail/index.js';
import { createOwnApiRoutes, newestVerifications, type OwnApi } from './own-api.js';
import type { SmsProvider } from './providers/sms-provider.js';
import { shownHandset, shownMail, shownMessage, shownSender, shownSms, type Written } from './shown.js';
import type { Manner, Switch } from './switches.js';
import type { Handset, Phone, SimulatedWhatsApp } from './whatsapp/index.js';

/** The page shows only the newest mails and SMS. */
const MAX_MAILS = 50;

/** The page with the simulated handsets and the mailbox, and the JSON for it and for the tests of other programs. */
export function createSandboxPages(deps: {
  whatsapp: SimulatedWhatsApp;
  mail: MailServer;
  sms: Pick<SmsProvider, 'messages'>;
  owner: Phone;
  switches: Switch[];
  manner: Readonly<Manner>;
  exampleNumber: string;
  sender: Sender;
  api: OwnApi;
}): RequestHandler {
  const { whatsapp, mail, sms, owner, switches, api } = deps;
  const absent = new Set<string>();
  const written = new Map<string, Written[]>();
  const viewOf = (handset: Handset) =>
    shownHandset(handset, absent.has(handset.number), written.get(handset.number) ?? []);
  const router = Router();
  router.use('/sandbox', onlyThisMachine, noStore);
  // Under a lock nothing comes, and the person writes all the same.
  const onStarted = (contact: string) => void (parseE164(contact) && whatsapp.handset(contact));
  router.use('/sandbox', createOwnApiRoutes(api, { onStarted }));

  router.get('/sandbox', (_req, res) => {
    res.render('sandbox', { exampleNumber: deps.exampleNumber, sender: owner.number });
  });

  router.get('/sandbox/messages', (req, res) => {
    const to = numberIn(queryOf(req).get('to'));
    res.json(whatsapp.messages(to).map(shownMessage));
  });

  router.get('/sandbox/mails', (req, res) => {
    // `+` means a space in a query; an address has pluses and no spaces.
    const to = (queryOf(req).get('to') ?? '').trim().replaceAll(' ', '+');
    res.json(mail.mails(isBlank(to) ? undefined : (typedEmail(to) ?? to)).map(shownMail));
  });

  router.get('/sandbox/sms', (req, res) => {
    res.json(sms.messages(numberIn(queryOf(req).get('to'))).map(shownSms));
  });

  router.get('/sandbox/state', async (_req, res) => {
    res.json({
      sender: shownSender(owner.number, deps.sender.status()),
      switches: switches.map(({ id, label, effect, isOn }) => ({ id, label, effect, on: isOn?.() ?? null })),
      verifications: await newestVerifications(api),
      handsets: whatsapp.handsets().map(viewOf),
      mails: mail.mails().slice(-MAX_MAILS).map(shownMail),
      sms: sms.messages().slice(-MAX_MAILS).map(shownSms),
    });
  });

  router.post('/sandbox/scan', jsonBody, async (_req, res) => {
    const { qr } = deps.sender.status();
    if (qr === null) throw new AppError('conflict', 'There is no QR code to scan at the moment.');
    res.json({ result: await onPhone(owner.scan(qr)) });
  });

  router.post('/sandbox/pairing-code', jsonBody, async (req, res) => {
    const code = String(ownField(req.body, 'code') ?? '');
    // A wrong attempt uses up the code that the dashboard shows.
    await onPhone(owner.enterPairingCode(code), 'Get a new code from the dashboard.');
    res.json({ result: 'linked' });
  });

  router.post('/sandbox/switches/:id', jsonBody, (req, res) => {
    const found = switches.find(({ id }) => id === req.params.id);
    if (!found) throw new AppError('not_found', 'There is no such switch.');
    found.set(ownField(req.body, 'on') === true);
    res.json({ id: found.id, on: found.isOn?.() ?? null });
  });

  router.post('/sandbox/handsets/:number', jsonBody, async (req, res) => {
    const number = requireNumber(req.params.number);
    const handset = whatsapp.handset(number);
    const online = ownField(req.body, 'online');
    if (typeof online === 'boolean') handset.online = online;
    const onWhatsApp = ownField(req.body, 'onWhatsApp');
    if (typeof onWhatsApp === 'boolean') {
      whatsapp.setOnWhatsApp(number, onWhatsApp);
      if (onWhatsApp) absent.delete(number);
      else absent.add(number);
    }
    if (ownField(req.body, 'read') === true) handset.read();
    const text = ownField(req.body, 'write');
    if (typeof text === 'string' && !isBlank(text)) {
      await onPhone(handset.write(text, { to: owner.number, naming: deps.manner.naming }));
      written.set(number, [...(written.get(number) ?? []), { text, at: Date.now() }]);
    }
    res.json(viewOf(handset));
  });

  return router;
}

/** Reports what the simulated phone refuses to the person at the page. */
function onPhone<T>(doing: Promise<T>, advice = ''): Promise<T> {
  return doing.catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : error;
    throw new AppError('conflict', `The phone says: ${reason}. ${advice}`.trim());
  });
}

/** Another site's page in the same browser must not drive the sandbox (DNS rebinding, cross-site posts). */
const onlyThisMachine: RequestHandler = (req, _res, next) => {
  const json = req.method === 'GET' || /^application\/json\b/i.test(req.headers['content-type'] ?? '');
  next(
    isLoopback(req.hostname) && json
      ? undefined
      : new AppError('not_found', 'The sandbox answers this machine only, as JSON.'),
  );
};

/** `+` means a space in a query: a number that came with a bare plus is meant all the same. */
function numberIn(value: string | null): string | undefined {
  if (value === null || isBlank(value)) return undefined;
  return requireNumber(`+${typedNumber(value).replace(/^\++/, '')}`);
}

function requireNumber(value: unknown): string {
  const number = parseE164(value);
  if (number === null)
    throw new AppError('phone_number_invalid', 'This is not a phone number in E.164 form.');
  return number;
}
