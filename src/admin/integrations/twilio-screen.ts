import type { Request, RequestHandler } from 'express';
import { keyCallerId } from '../../callers/caller.js';
import type { Keys } from '../../callers/keys.js';
import { answerJson } from '../../http/answer.js';
import { queryOf } from '../../http/query.js';
import { sidsOf } from '../../twilio/sids.js';
import { ENVIRONMENT } from '../callers/caller-names.js';
import { choices } from '../choices.js';
import type { Layout } from '../layout.js';
import { plainText } from '../list-request.js';

/** What Twilio's clients need beside an API key: the account, the service and the key's sid, which follow from its caller. */
export function createTwilioPages(deps: {
  keys: Pick<Keys, 'list' | 'find'>;
  publicUrl(): string;
  publicOrigin: string | null;
  layout: Layout;
}) {
  const { keys, publicUrl, layout } = deps;

  /** `?key=` is the id of one; without it, the key of the environment. Rejects with key_unknown. */
  async function chosenIn(req: Request) {
    const id = plainText(queryOf(req).get('key'));
    const key = id === '' ? null : await keys.find(id);
    const { account, service, key: keySid } = sidsOf(key ? keyCallerId(key.id) : ENVIRONMENT.value);
    return { key, sids: { accountSid: account, serviceSid: service, keySid } };
  }

  return {
    /** GET /admin/integrations/twilio `?key=` */
    page: (async (req, res) => {
      const [{ key, sids }, list] = await Promise.all([chosenIn(req), keys.list()]);
      const offered = list.filter(({ state, id }) => state === 'active' || id === key?.id);
      res.render('twilio', {
        ...layout(req, 'integrations'),
        ...sids,
        keys: choices(
          [
            { value: '', label: ENVIRONMENT.label },
            ...offered.map(({ id, name }) => ({ value: id, label: name })),
          ],
          key?.id ?? '',
        ),
        name: key?.name ?? ENVIRONMENT.label,
        problem: key && problemOf(key),
        baseUrl: publicUrl(),
        isReachable: deps.publicOrigin !== null,
      });
    }) satisfies RequestHandler,

    /** GET /admin/api/integrations/twilio `?key=` → `{ accountSid, serviceSid, keySid }` */
    json: (async (req, res) => answerJson(res, 200, (await chosenIn(req)).sids)) satisfies RequestHandler,
  };
}

function problemOf({ state, scopes }: Awaited<ReturnType<Keys['find']>>): string | null {
  if (state !== 'active') return 'This key is refused: it is revoked, or its time is over.';
  return scopes.includes('verify') ? null : 'This key lacks the scope verify, without which it is refused.';
}
