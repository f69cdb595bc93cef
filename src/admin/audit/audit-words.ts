import type { AuditAction, AuditEntry } from './audit-log.js';

/** An action as an operator reads it: "retried", job 6; "deleted 12 jobs", "(failed)"; "reloaded the session". */
export interface AuditWords {
  what: string;
  /** The job that the action was about. */
  jobId: number | null;
  /** The user, if the account still exists. */
  userId?: string;
  /** The verification, which is gone a day after its end. */
  codeId?: string;
  /** The API key. */
  keyId?: string;
  hookId?: string;
  webhookId?: string;
  more: string | null;
}

type Words = (entry: { target: string | null; detail: string | null }) => AuditWords;

const plain =
  (what: string): Words =>
  () => ({ what, jobId: null, more: null });

const toChannel =
  (what: string): Words =>
  ({ target }) => ({ what: target ? `${what} ${target}` : what, jobId: null, more: null });

const toNumber =
  (what: string): Words =>
  ({ target }) => ({ what, jobId: null, more: target && `number ${target}` });

/** Or to a verification. */
const toJob =
  (what: string): Words =>
  ({ target, detail }) => {
    const codeId = /^verification (.+)$/.exec(target ?? '')?.[1];
    const jobId = Number(/^job (\d+)$/.exec(target ?? '')?.[1]) || null;
    return { what, jobId, ...(codeId && { codeId }), more: detail };
  };

/** `target` is the filter, `detail` how many jobs there were. */
const toJobs =
  (what: string): Words =>
  ({ target, detail }) => ({
    what: `${what} ${detail ?? 'jobs'}`,
    jobId: null,
    more: target && `(${target})`,
  });

/** `detail` is the masked contact. */
const toUser =
  (what: string): Words =>
  ({ target, detail }) => {
    const userId = /^user (.+)$/.exec(target ?? '')?.[1];
    return { what, jobId: null, ...(userId && { userId }), more: detail };
  };

/** `detail` is the key's name, and anything else worth saying. */
const toKey =
  (what: string): Words =>
  ({ target, detail }) => {
    const keyId = /^key (.+)$/.exec(target ?? '')?.[1];
    return { what, jobId: null, ...(keyId && { keyId }), more: detail };
  };

/** `detail` is the hook's name and preset. */
const toHook =
  (what: string): Words =>
  ({ target, detail }) => {
    const hookId = /^hook (.+)$/.exec(target ?? '')?.[1];
    return { what: `${what} a hook`, jobId: null, ...(hookId && { hookId }), more: detail };
  };

/** `detail` is the host of its address. */
const toWebhook =
  (what: string): Words =>
  ({ target, detail }) => {
    const webhookId = /^webhook (.+)$/.exec(target ?? '')?.[1];
    return { what, jobId: null, ...(webhookId && { webhookId }), more: detail };
  };

const revealed: Words = (entry) =>
  toJob(entry.detail?.includes('@') ? 'revealed the address of' : 'revealed the number of')(entry);

const WORDS: Record<AuditAction, Words> = {
  signed_in: plain('signed in'),
  sign_in_failed: plain('sign-in failed'),
  signed_out: plain('signed out'),
  session_ended: ({ detail }) => ({ what: 'ended a session', jobId: null, more: detail }),
  sessions_ended: ({ detail }) => ({ what: 'signed out everywhere', jobId: null, more: detail }),
  queue_paused: plain('paused sending'),
  queue_resumed: plain('resumed sending'),
  channel_paused: toChannel('paused'),
  channel_resumed: toChannel('resumed'),
  session_reloaded: toNumber('reloaded the session'),
  whatsapp_logged_out: toNumber('logged WhatsApp out'),
  pairing_code_requested: toNumber('asked for a pairing code'),
  job_retried: toJob('retried'),
  jobs_retried: toJobs('retried'),
  job_deleted: toJob('deleted'),
  jobs_deleted: toJobs('deleted'),
  number_revealed: revealed,
  digits_searched: ({ detail }) => ({ what: 'searched with digits', jobId: null, more: detail }),
  verification_canceled: toJob('canceled'),
  user_deactivated: toUser('deactivated'),
  user_reactivated: toUser('reactivated'),
  user_let_in: toUser('let in again'),
  // Nothing is left to link to.
  user_deleted: ({ detail }) => ({ what: 'deleted a user', jobId: null, more: detail }),
  user_revealed: toUser('revealed the contacts of'),
  prefix_unblocked: ({ detail }) => ({ what: 'unblocked a prefix', jobId: null, more: detail }),
  key_created: toKey('created'),
  key_rotated: toKey('rotated'),
  key_revoked: toKey('revoked'),
  key_changed: toKey('changed'),
  hook_created: toHook('created'),
  hook_rotated: toHook('gave a new secret to'),
  hook_disabled: toHook('disabled'),
  hook_enabled: toHook('enabled'),
  // Nothing is left to link to.
  hook_removed: ({ detail }) => ({ what: 'removed a hook', jobId: null, more: detail }),
  webhook_created: toWebhook('created a webhook'),
  webhook_changed: toWebhook('changed a webhook'),
  webhook_rotated: toWebhook('gave a new secret to a webhook'),
  webhook_disabled: toWebhook('disabled a webhook'),
  webhook_enabled: toWebhook('enabled a webhook'),
  webhook_removed: ({ detail }) => ({ what: 'removed a webhook', jobId: null, more: detail }),
  webhook_tested: toWebhook('tested a webhook'),
  webhook_replayed: toWebhook('sent events again to a webhook'),
};

export function auditWords(entry: Pick<AuditEntry, 'action' | 'target' | 'detail'>): AuditWords {
  return WORDS[entry.action](entry);
}
