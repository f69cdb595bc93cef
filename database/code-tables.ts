import type { Generated } from 'kysely';

/** By their documented names. */
export const CODE_STATUSES = ['pending', 'approved', 'canceled', 'expired', 'max_checks'] as const;
export type CodeStatus = (typeof CODE_STATUSES)[number];
/** How a verification is proven: the code comes back, or the person's own message is enough. */
export type Proof = 'code' | 'message';
/** Whether the person is asked to write first: where nothing can be pushed, in any case, or not at all. */
export type UserFirst = 'auto' | 'only' | 'never';
/** Why a code was sent: the first time, as the next step of its route, because somebody asked again, or as a reply. */
export type AttemptCause = 'start' | 'step' | 'resend' | 'reply';

export interface CodesTable {
  id: string;
  caller: string;
  purpose: string;
  contact: string;
  action: string | null;
  client: string | null;
  slot: string | null;
  code: string | null;
  code_hash: string;
  proof: Proof;
  user_first: UserFirst;
  locale: string | null;
  route: string;
  step: number;
  step_began_at: number | null;
  next_step_at: number | null;
  status: CodeStatus;
  tries: Generated<number>;
  sends: Generated<number>;
  last_send_at: number | null;
  created_at: number;
  changed_at: number;
  expires_at: number;
  ended_at: number | null;
  last_problem: string | null;
  metadata: string | null;
  return_url: string | null;
  page_browser: string | null;
  client_address: string | null;
  test_until: number | null;
  may_follow_until: number | null;
  asked_by: string | null;
  sentence: string | null;
  request_id: string | null;
}

export interface CodeAttemptsTable {
  id: string;
  code_id: string;
  place: number;
  channel: string;
  cause: AttemptCause;
  job_id: number | null;
  at: number;
  error: string | null;
}

export interface LinksTable {
  code_id: string;
  turn: number;
  token_hash: string;
  contact: string;
  made_at: number;
  ends_at: number;
  mismatches: Generated<number>;
  last_mismatch: string | null;
  used_at: number | null;
  burned_at: number | null;
  answered_at: number | null;
}

/** A channel over which nothing goes out until an operator resumes it. */
export interface ChannelPausesTable {
  account: string;
  channel: string;
  paused_at: number;
}
