import twilio from 'twilio';
import { sidsOf } from '../../src/twilio/sids.js';
import { openWorld, type World } from '../api/verifications.js';
import { API_KEY } from '../http/harness.js';
import { until } from '../support/until.js';

const { account: ACCOUNT, service: SERVICE, key: KEY_SID } = sidsOf('env');

export { ACCOUNT, KEY_SID, SERVICE };

export interface Form {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** Twilio's surface on a real port: by Twilio's unmodified client, and by plain forms. */
export interface TwilioWorld extends World {
  client: ReturnType<typeof twilio>;
  /** As the client would be made with other credentials or another address. */
  clientAs(
    user: string,
    password: string,
    options?: { accountSid?: string; baseUrl?: string },
  ): ReturnType<typeof twilio>;
  /** @param path below `/v2`. */
  form(
    method: string,
    path: string,
    fields?: Record<string, string> | string,
    headers?: Record<string, string>,
  ): Promise<Form>;
  /** A number that nobody has used yet. */
  person(): string;
  /** A minute later in the rules of sending again. */
  rest(): void;
  settled(): Promise<void>;
}

let people = 0;

export async function openTwilioWorld(
  ...[kind, options]: Parameters<typeof openWorld>
): Promise<TwilioWorld> {
  const world = await openWorld(kind, options);
  const { gateway } = world;
  const clientAs: TwilioWorld['clientAs'] = (user, password, { accountSid, baseUrl = gateway.url } = {}) => {
    const client = twilio(user, password, accountSid === undefined ? {} : { accountSid });
    client.verify.baseUrl = baseUrl;
    return client;
  };
  return {
    ...world,
    clientAs,
    client: clientAs(ACCOUNT, API_KEY),
    async form(method, path, fields, headers = {}) {
      const body = typeof fields === 'string' ? fields : fields && String(new URLSearchParams(fields));
      const response = await fetch(`${gateway.url}/v2${path}`, {
        method,
        ...(body !== undefined && { body }),
        headers: {
          authorization: `Basic ${btoa(`${ACCOUNT}:${API_KEY}`)}`,
          'content-type': 'application/x-www-form-urlencoded',
          ...headers,
        },
      });
      return {
        status: response.status,
        headers: response.headers,
        body: (await response.json()) as Form['body'],
      };
    },
    person: () => `+2010012${String(10_000 + ++people)}`,
    rest: () => gateway.clock.step(31_000),
    async settled() {
      await until('nothing is under way', async () => {
        const open = gateway.store.selectFrom('jobs').select('id');
        return (await open.where('status', 'in', ['pending', 'processing']).execute()).length === 0;
      });
    },
  };
}
