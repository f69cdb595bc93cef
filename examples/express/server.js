import { join } from 'node:path';
import process from 'node:process';
import express from 'express';
import { createClient } from 'whatsapp-otp-client';
import { askForCode, askForNumber, failed, signedIn } from './pages.js';
import { createSessions } from './sessions.js';
import { wordsOf } from './words.js';

const { OTP_URL, OTP_KEY, PORT = '4000', NODE_ENV } = process.env;

const otp = createClient({ url: OTP_URL, apiKey: OTP_KEY });
const sessions = createSessions({ isSecure: NODE_ENV === 'production' });
const app = express();
// A proxy on this machine may say whose address it is.
app.set('trust proxy', 'loopback');
app.disable('x-powered-by');
app.use((_req, res, next) => {
  res.set(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'",
  );
  res.set('Cache-Control', 'no-store');
  next();
});
app.get('/style.css', (_req, res) => res.sendFile(join(import.meta.dirname, 'style.css')));
app.use(express.urlencoded({ extended: false, limit: '4kb' }));

app.get('/', (req, res) => {
  const session = sessions.of(req);
  res.send(session?.person ? signedIn(session.person) : askForNumber());
});

// The code goes out. `client` keeps this browser's verification apart from anybody else's for the same number.
app.post('/start', async (req, res) => {
  const to = String(req.body?.number ?? '');
  const session = sessions.of(req) ?? sessions.begin(res);
  try {
    const { id } = await otp.verify.start({
      to,
      action: 'sign in',
      client: session.client,
      clientIp: req.ip,
    });
    session.verification = id;
    res.redirect(303, '/code');
  } catch (error) {
    res.status(400).send(askForNumber({ number: to, problem: wordsOf(error) }));
  }
});

app.get('/code', async (req, res) => {
  const { verification } = sessions.of(req) ?? {};
  if (!verification) return res.redirect(303, '/');
  res.send(askForCode(await otp.verify.get(verification)));
});

app.post('/code', async (req, res) => {
  const session = sessions.of(req);
  if (!session?.verification) return res.redirect(303, '/');
  const id = session.verification;
  try {
    const answer = await otp.verify.check(id, String(req.body?.code ?? ''), { clientIp: req.ip });
    const verification = await otp.verify.get(id);
    if (answer.valid) {
      // A new session: whoever knew the old one's cookie is not signed in by somebody else's code.
      sessions.end(req, res);
      sessions.begin(res).person = verification.to;
      return res.redirect(303, '/');
    }
    res.status(400).send(askForCode(verification, { problem: 'That is not the code.' }));
  } catch (error) {
    res.status(400).send(askForCode(await otp.verify.get(id), { problem: wordsOf(error) }));
  }
});

app.post('/again', async (req, res) => {
  const { verification: id } = sessions.of(req) ?? {};
  if (!id) return res.redirect(303, '/');
  try {
    res.send(askForCode(await otp.verify.resend(id), { note: 'The code is on its way again.' }));
  } catch (error) {
    res.status(400).send(askForCode(await otp.verify.get(id), { problem: wordsOf(error) }));
  }
});

app.post('/sign-out', (req, res) => {
  sessions.end(req, res);
  res.redirect(303, '/');
});

app.use((error, _req, res, _next) => {
  console.error(error);
  res.status(500).send(failed());
});

const server = app.listen(Number(PORT), () => {
  console.log(`Sign in at http://localhost:${server.address().port}`);
});
