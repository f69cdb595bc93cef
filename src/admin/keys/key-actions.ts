import type { RequestHandler } from 'express';
import {
  readKeyOrder,
  readOverlap,
  readReturnUrls,
  readSwitch,
  type TypedKeyOrder,
} from '../../callers/key-order.js';
import type { Keys } from '../../callers/keys.js';
import { readOwnText } from '../../callers/own-texts.js';
import { readTestContact, readTestNumber } from '../../callers/typed-test-number.js';
import type { Clock } from '../../clock.js';
import { answerJson, ownField } from '../../http/answer.js';
import type { Audit } from '../audit/audit.js';

/** What an operator does with API keys, recorded in the audit log. A secret is in the answer that created it, and nowhere else. */
export function createKeyActions(deps: { keys: Keys; clock: Clock; audit: Pick<Audit, 'who'> }) {
  const { keys, clock, audit } = deps;

  return {
    /** POST /admin/api/keys, with the fields of `TypedKeyOrder` → `{ id, key, scopes }` */
    create: (async (req, res) => {
      const order = readKeyOrder(fieldsOf(req.body), clock.now());
      const { id, key } = await keys.create(order, audit.who(req));
      answerJson(res, 201, { id, key, scopes: order.scopes, message: 'The API key is created.' });
    }) satisfies RequestHandler,

    /** POST /admin/api/keys/:id/rotate `{ overlap }` → `{ id, key }` */
    rotate: (async (req, res) => {
      const overlapMs = readOverlap(ownField(req.body, 'overlap'));
      const { id, key } = await keys.rotate(String(req.params.id), overlapMs, audit.who(req));
      answerJson(res, 200, { id, key, message: 'The API key has a new secret.' });
    }) satisfies RequestHandler,

    /** POST /admin/api/keys/:id/revoke */
    revoke: (async (req, res) => {
      const { view } = await keys.revoke(String(req.params.id), audit.who(req));
      answerJson(res, 200, { id: view.id, message: 'The API key is revoked.' });
    }) satisfies RequestHandler,

    /** POST /admin/api/keys/:id/return-urls `{ returnUrls }` */
    setReturnUrls: (async (req, res) => {
      const urls = readReturnUrls(ownField(req.body, 'returnUrls'));
      const { id, returnUrls } = await keys.setReturnUrls(String(req.params.id), urls, audit.who(req));
      answerJson(res, 200, { id, returnUrls, message: 'The return addresses are saved.' });
    }) satisfies RequestHandler,

    /** POST /admin/api/keys/:id/refuse-sms `{ refuseSms }`: `yes` or `no` */
    setRefusesSms: (async (req, res) => {
      const refuses = readSwitch(ownField(req.body, 'refuseSms'));
      const { id, refusesSms } = await keys.setRefusesSms(String(req.params.id), refuses, audit.who(req));
      const message = refusesSms ? 'SMS and calls are refused.' : 'SMS and calls go out.';
      answerJson(res, 200, { id, refusesSms, message });
    }) satisfies RequestHandler,

    /** POST /admin/api/keys/:id/texts `{ locale, template }`: an empty template removes it. */
    setText: (async (req, res) => {
      const typed = { locale: ownField(req.body, 'locale'), template: ownField(req.body, 'template') };
      const text = readOwnText(typed);
      const { id } = await keys.setText(String(req.params.id), text, audit.who(req));
      const message = text.template === '' ? 'The text is removed.' : 'The text is saved.';
      answerJson(res, 200, { id, ...text, message });
    }) satisfies RequestHandler,

    /** POST /admin/api/keys/:id/test-numbers `{ to, code, until, inProduction }` */
    putTestNumber: (async (req, res) => {
      const field = (name: string) => ownField(req.body, name);
      const typed = { to: field('to'), code: field('code'), until: field('until') };
      const test = readTestNumber(typed, clock.now());
      const inProduction = field('inProduction') === 'yes';
      const { id } = await keys.putTestNumber(String(req.params.id), test, inProduction, audit.who(req));
      answerJson(res, 200, { id, to: test.contact, message: 'The test number is saved.' });
    }) satisfies RequestHandler,

    /** POST /admin/api/keys/:id/test-numbers/remove `{ to }` */
    removeTestNumber: (async (req, res) => {
      const to = readTestContact(ownField(req.body, 'to'));
      const { id } = await keys.removeTestNumber(String(req.params.id), to, audit.who(req));
      answerJson(res, 200, { id, to, message: 'The test number is removed.' });
    }) satisfies RequestHandler,
  };
}

/** Every field of the body, so that one that means nothing is refused. */
function fieldsOf(body: unknown): TypedKeyOrder {
  const fields = typeof body === 'object' && body !== null ? Object.entries(body) : [];
  return { name: undefined, scopes: undefined, ...Object.fromEntries(fields) };
}
