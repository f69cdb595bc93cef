import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import { type Client, clientKey } from './client.js';

/** A client whose name has been looked up. */
export interface Asker {
  address: string;
  network: string;
  cookie: string | null;
  /** The registration or challenge that it named; null: it named none that there is. */
  named: string | null;
  /** Whose what it makes from now on is: of what it named, else of its cookie, else of the cookie that it gets now. */
  binding: string;
  /** Whose tries, waits and codes are counted: the same, but of the network while it has no cookie. */
  key: string;
}

const ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

export async function askerOf(store: Store, client: Client): Promise<Asker> {
  const { address, cookie, fresh } = client;
  const network = clientKey(client);
  const named =
    client.named !== null && ID.test(client.named) ? await rowNamed(store, client.named) : undefined;
  const bound = named?.client || cookie;
  return {
    address,
    network,
    cookie,
    named: named?.id ?? null,
    binding: bound ?? fresh,
    key: bound ?? network,
  };
}

/** It has something of its own to be told apart by. */
export function isTold({ named, cookie }: Pick<Asker, 'named' | 'cookie'>): boolean {
  return named !== null || cookie !== null;
}

async function rowNamed(
  store: Store,
  id: string,
): Promise<{ id: string; client: string | null } | undefined> {
  const registration = await store
    .selectFrom('registrations')
    .select(['id', 'client'])
    .where('id', '=', id)
    // The id of a completed one is the account's, which others may know.
    .where('completed_at', 'is', null)
    .executeTakeFirst();
  if (registration) return registration;
  const challenge = await store
    .selectFrom('challenges')
    .select(['id', 'client', 'cookie'])
    .where('id', '=', id)
    .executeTakeFirst();
  return challenge && { id, client: challenge.cookie ?? challenge.client };
}

/** SQL: the registration is this client's. One of before clients were told apart is everybody's. */
export function isOwnRegistration({ named, cookie, network }: Asker): RawBuilder<SqlBool> {
  return sql<SqlBool>`(registrations.client IS NULL OR ${anyOf([
    named !== null && sql`registrations.id = ${named}`,
    cookie !== null && sql`registrations.client = ${cookie}`,
    named === null && cookie === null && sql`registrations.network = ${network}`,
  ])})`;
}

/** SQL: the challenge is this client's. */
export function isOwnChallenge({ named, cookie, network }: Asker): RawBuilder<SqlBool> {
  return sql<SqlBool>`(challenges.client = '' OR ${anyOf([
    named !== null && sql`challenges.id = ${named} OR challenges.registration = ${named}`,
    cookie !== null && sql`challenges.client = ${cookie} OR challenges.cookie = ${cookie}`,
    named === null && cookie === null && sql`challenges.network = ${network}`,
  ])})`;
}

function anyOf(conditions: (RawBuilder<unknown> | false)[]): RawBuilder<unknown> {
  return sql.join(
    conditions.filter((condition) => condition !== false),
    sql` OR `,
  );
}
