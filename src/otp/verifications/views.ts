import { hash } from 'node:crypto';
import type { CodeRow } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Attempt, Routing } from '../route/route.js';
import type { Link, Links } from '../writing-first/links.js';
import { BETWEEN_SENDS_MS, MAX_CHECKS, MAX_SENDS, statusOf } from './code-rows.js';
import type { PageTokens } from './page-token.js';
import type { Metadata, Verification } from './verification.js';

/** From rows to what callers and pages see. */
export interface Views {
  /** In the order of the rows. */
  of(rows: readonly CodeRow[]): Promise<Verification[]>;
  one(row: CodeRow): Promise<Verification>;
}

/** @param deps.publicUrl without a trailing slash; known once the port is open. */
export function createViews(deps: {
  clock: Clock;
  routing: Pick<Routing, 'attemptsOf'>;
  links: Pick<Links, 'shown'>;
  pageTokens: Pick<PageTokens, 'pageTokenOf' | 'returnProofOf'>;
  publicUrl(): string;
}): Views {
  const { clock, routing, links, pageTokens, publicUrl } = deps;

  async function of(rows: readonly CodeRow[]): Promise<Verification[]> {
    if (rows.length === 0) return [];
    const now = clock.now();
    const ids = rows.map(({ id }) => id);
    const open = rows.filter((row) => statusOf(row, now) === 'pending').map(({ id }) => id);
    const attempts = await routing.attemptsOf(ids);
    const written = open.length > 0 ? await links.shown(open) : new Map<string, Link>();
    return rows.map((row) => viewOf(row, attempts.get(row.id) ?? [], written.get(row.id) ?? null, now));
  }

  function viewOf(row: CodeRow, attempts: Attempt[], written: Link | null, now: number): Verification {
    const status = statusOf(row, now);
    const isOpen = status === 'pending';
    const page = `/v/${pageTokens.pageTokenOf(row.id)}`;
    const route = JSON.parse(row.route) as string[];
    const sendsLeft = Math.max(0, MAX_SENDS - row.sends);
    const view = {
      id: row.id,
      caller: row.caller,
      to: row.contact,
      kind: row.contact.includes('@') ? ('email' as const) : ('phone' as const),
      status,
      proof: row.proof,
      channel: channelOf(row, route, attempts),
      route,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      endedAt: isOpen ? null : (row.ended_at ?? row.expires_at),
      checksLeft: MAX_CHECKS - row.tries,
      sends: row.sends,
      sendsLeft,
      canResendAt: isOpen && sendsLeft > 0 ? (row.last_send_at ?? row.created_at) + BETWEEN_SENDS_MS : null,
      nextStepAt: isOpen ? row.next_step_at : null,
      pageUrl: `${publicUrl()}${page}`,
      userFirst: written && { ...written, qr: `${page}/qr.svg` },
      attempts,
      metadata: row.metadata === null ? null : (JSON.parse(row.metadata) as Metadata),
      lastProblem: row.last_problem as Verification['lastProblem'],
      locale: row.locale,
      action: row.action,
      client: row.client,
      returnUrl: row.return_url,
      returnProof:
        status === 'approved' && row.page_browser !== null
          ? pageTokens.returnProofOf(row.id, row.page_browser)
          : null,
      isTest: row.test_until !== null,
    };
    return { ...view, version: hash('sha256', JSON.stringify(view), 'base64url') };
  }

  return {
    of,
    async one(row) {
      const [view] = await of([row]);
      if (!view) throw new Error('A row has a view.');
      return view;
    },
  };
}

/** What went out last. A test number is as if it had. */
function channelOf(row: CodeRow, route: string[], attempts: Attempt[]): string | null {
  if (row.test_until !== null) return route[0] ?? null;
  return attempts.findLast(({ jobId }) => jobId !== null)?.channel ?? null;
}
