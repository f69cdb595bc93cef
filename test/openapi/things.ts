import { sidsOf } from '../../src/twilio/sids.js';
import { API_KEY, type Gateway } from '../http/harness.js';

/** What operations are about, so that their validators are reached and not only their look-ups. */
export interface Things {
  /** What its path parameter `name` should be; undefined: nothing was made for it. */
  at(operation: string, name: string): string | undefined;
  hookAuthorization: string;
}

export async function openThings({ url, hooks }: Pick<Gateway, 'url' | 'hooks'>): Promise<Things> {
  async function make(path: string, body: object | URLSearchParams): Promise<Record<string, unknown>> {
    const isForm = body instanceof URLSearchParams;
    const basic = Buffer.from(`${sidsOf('env').account}:${API_KEY}`).toString('base64');
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: isForm
        ? { Authorization: `Basic ${basic}` }
        : { 'X-API-KEY': API_KEY, 'Content-Type': 'application/json' },
      body: isForm ? body : JSON.stringify(body),
    });
    const made = (await answer.json()) as Record<string, unknown>;
    if (answer.status !== 201) throw new Error(`${path} answered ${answer.status} ${JSON.stringify(made)}`);
    return made;
  }
  const verification = (to: string) => make('/api/v1/verifications', { to });
  const webhook = async () => String((await make('/api/v1/webhooks', { url: 'http://127.0.0.1:1/' })).id);

  const { attempts } = await verification('+201001234581');
  const [{ jobId }] = attempts as [{ jobId: number }];
  const checked = String((await verification('+201001234582')).id);
  const canceled = String((await verification('+201001234583')).id);
  const kept = await webhook();
  const removed = await webhook();
  const form = new URLSearchParams({ To: '+201001234584', Channel: 'whatsapp' });
  const { sid } = await make(`/v2/Services/${sidsOf('env').service}/Verifications`, form);
  const by = { actor: 'tester', address: '192.0.2.1' };
  const made = await hooks.create({ preset: 'generic' }, by);
  if (made.authorization === null) throw new Error('The generic preset uses a header');

  const others: Record<string, string> = { jobId: String(jobId), Sid: String(sid), hookId: made.hook.id };
  return {
    hookAuthorization: made.authorization,
    at(operation, name) {
      if (name !== 'id') return others[name];
      if (operation === 'deleteWebhook') return removed;
      if (operation === 'cancelVerification') return canceled;
      return /webhook/i.test(operation) ? kept : checked;
    },
  };
}
