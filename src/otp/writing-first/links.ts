import type { CodeRow, Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { latestEnd } from '../../deadline.js';
import type { KeyedHash } from '../../sealing.js';
import { type DraftLanguage, draftOf } from './drafts.js';
import { linkOf } from './link.js';
import { storedToken, tokenBehind, tokenOf } from './token.js';

/** What a person opens, scans or types to write first. */
export interface Link {
  /** `https://wa.me/…` */
  link: string;
  /** Whom to write to, E.164. */
  number: string;
  /** What to write; the token is its end. */
  text: string;
}

/** The links by which people ask for a code, or confirm a number, by writing first. */
export interface Links {
  /** One of our numbers can receive a text within `lifeMs`: a link would be of use. */
  areOfUse(lifeMs: number): boolean;
  /**
   * The link of this code, which has its row: the same one as long as that can be used, else a new one. Null: no number can
   * receive anything in its time, or the code ends now.
   */
  offerIn(trx: Store, codeId: string): Promise<Link | null>;
  /** The links of these codes that can still be used, by the codes' ids. */
  shown(codeIds: readonly string[]): Promise<Map<string, Link>>;
}

/** What the text of a link is about. */
type LinkSubject = Pick<CodeRow, 'id' | 'contact' | 'proof' | 'locale' | 'action'>;

export interface LinksDeps {
  store: Store;
  clock: Clock;
  hash: KeyedHash;
  appName: string | null;
  /** The number that receives, E.164; null: none is paired. */
  number(): string | null;
  canReceive(lifeMs: number): boolean;
  languageFor(whose: Pick<CodeRow, 'locale' | 'contact'>): DraftLanguage;
}

/** A link ends with its code, and not later than this. */
export const LINK_LIFE_MS = 10 * 60_000;

const nameOf = (codeId: string, turn: number) => `${codeId}/${turn}`;

export function createLinks(deps: LinksDeps): Links {
  const { store, clock, hash, appName } = deps;

  function linkTo(number: string, about: LinkSubject, token: string): Link {
    const subject = { language: deps.languageFor(about), appName, action: about.action };
    const text = draftOf(subject, about.proof, token);
    return { link: linkOf(number, text), number, text };
  }

  /** A code that is about to be made has a link for as long as this. */
  const lifeOf = (code: Pick<CodeRow, 'expires_at'>, now: number) =>
    Math.min(code.expires_at - now, LINK_LIFE_MS);

  async function offer(trx: Store, code: CodeRow, number: string): Promise<Link> {
    const now = clock.now();
    const before = await trx
      .selectFrom('links')
      .selectAll()
      .where('code_id', '=', code.id)
      .executeTakeFirst();
    if (before && isOpen(before, now)) {
      const token = tokenBehind(hash, nameOf(code.id, before.turn), before.token_hash);
      if (token !== null) return linkTo(number, code, token);
    }
    const turn = (before?.turn ?? 0) + 1;
    const token = tokenOf(hash, nameOf(code.id, turn));
    const row = {
      turn,
      token_hash: storedToken(hash, token)[0] ?? '',
      contact: code.contact,
      made_at: now,
      ends_at: now + lifeOf(code, now),
      mismatches: 0,
      last_mismatch: null,
      used_at: null,
      burned_at: null,
      answered_at: null,
    };
    await trx
      .insertInto('links')
      .values({ code_id: code.id, ...row })
      .onConflict((conflict) => conflict.column('code_id').doUpdateSet(row))
      .execute();
    return linkTo(number, code, token);
  }

  return {
    areOfUse: (lifeMs) => deps.number() !== null && deps.canReceive(Math.min(lifeMs, LINK_LIFE_MS)),

    async offerIn(trx, codeId) {
      const code = await trx.selectFrom('codes').selectAll().where('id', '=', codeId).executeTakeFirst();
      const number = deps.number();
      if (!code || number === null || code.status !== 'pending') return null;
      const lifeMs = lifeOf(code, clock.now());
      return lifeMs > 0 && deps.canReceive(lifeMs) ? await offer(trx, code, number) : null;
    },

    async shown(codeIds) {
      const shown = new Map<string, Link>();
      const number = deps.number();
      if (number === null || codeIds.length === 0) return shown;
      const now = clock.now();
      const rows = await store
        .selectFrom('links')
        .innerJoin('codes', 'codes.id', 'links.code_id')
        .selectAll('links')
        .select(['codes.id', 'codes.proof', 'codes.locale', 'codes.action'])
        .where('links.code_id', 'in', [...codeIds])
        .where('codes.status', '=', 'pending')
        .execute();
      for (const row of rows) {
        if (!isOpen(row, now) || !deps.canReceive(row.ends_at - now)) continue;
        const token = tokenBehind(hash, nameOf(row.code_id, row.turn), row.token_hash);
        if (token !== null) shown.set(row.code_id, linkTo(number, row, token));
      }
      return shown;
    },
  };
}

function isOpen(
  { used_at, burned_at, ends_at }: { used_at: number | null; burned_at: number | null; ends_at: number },
  now: number,
): boolean {
  const isOver = ends_at <= now || ends_at > latestEnd(LINK_LIFE_MS, now);
  return used_at === null && burned_at === null && !isOver;
}
