import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inside, sources } from './support/sources.js';

/** Each of its files may be imported from outside. */
const ALL = '*';

/**
 * What a folder exports: the files that may be imported from outside of it (from beside or above it; its own subfolders
 * may import what they like). All others are its own business, and may be renamed, split or removed without a look at the
 * rest. What lies directly in src/ is there for everybody, as far as architecture.test.ts lets them import it.
 */
const EXPORTS: Record<string, string> = {
  config: 'config index',
  'config/channels': 'channels index',
  database: 'beside connect folder native-module root schema start-refused unavailable',
  'database/drivers': ALL,
  'database/locks': 'instance-lock lock',
  'database/queries': ALL,
  'database/upgrade': 'columns history migrate migration-files postgres-migration',
  'src/admin': 'index',
  'src/admin/audit': 'audit audit-log digit-searches',
  'src/admin/callers': 'caller-names contract-words overlaps',
  'src/admin/conversion': 'conversion-actions conversion-screens',
  'src/admin/hooks': 'hook-actions hook-screens',
  'src/admin/integrations': 'integration-routes',
  'src/admin/jobs': 'channel-words filter-view job-actions job-screens job-view reason-words',
  'src/admin/reach': 'reach-screens',
  'src/admin/log-ins': 'log-in-tries open-sessions',
  'src/admin/keys': 'key-actions key-screens',
  'src/admin/status': 'channels qr session-actions stats-request status',
  'src/admin/users': 'user-actions user-screens',
  'src/admin/verifications': 'verification-routes',
  'src/admin/webhooks': 'webhook-actions webhook-screens',
  'src/alarms': 'alarms flood-counts floods watch',
  'src/alerts': 'alerts telegram',
  'src/api': ALL,
  'src/api/verifications': 'bodies index',
  'src/api/webhooks': 'bodies index',
  'src/app': ALL,
  'src/auth': 'contact door housekeeping index rules',
  'src/auth/accounts':
    'accounts naming new-account number-marks proven registered registered-password registrations unproven-password user users',
  'src/auth/clients': 'asker client known-clients password-tries',
  'src/auth/codes':
    'challenge-rows challenges code-contact code-failures issue-alike missed-numbers noted-challenges refusals send-limits sending',
  'src/auth/history': 'history sign-ins',
  'src/auth/deletion': 'delete-account',
  'src/auth/notices': 'account-made notices texts',
  'src/auth/openid': 'openid openid-accounts',
  'src/auth/passwords': 'new-password passwords',
  'src/auth/self-service': 'own-account self-service',
  'src/callers/hooks': 'hook-store hook-view',
  'src/callers':
    'caller index key-order key-rows keys own-texts scopes shown-key test-numbers typed-test-number',
  'src/channels': ALL,
  'src/channels/email': 'index',
  'src/channels/http': ALL,
  'src/channels/sms': 'index',
  'src/channels/whatsapp': 'index jid',
  'src/channels/whatsapp/baileys': 'baileys baileys-log',
  'src/channels/whatsapp/lookups': 'find-lid locate',
  'src/channels/whatsapp/people': 'addressing identify learn people reach recipients',
  'src/channels/whatsapp/session': 'session session-rows sessions',
  'src/channels/whatsapp/socket': 'connection events lifecycle message-id rejections send-text socket-config',
  'src/channels/whatsapp/stanzas': 'account receipts writers',
  'src/channels/whatsapp/state': 'control effects events restriction status-row',
  'src/cli': '',
  'src/contracts': 'answers index phone two-factor whatsapp',
  'src/contracts/account': 'errors index',
  'src/contracts/bodies': 'account cookie password-login phone two-factor whatsapp',
  'src/contracts/cookie': 'errors google index token-cookie',
  'src/delivery':
    'changes channels index job margins message-shapes outlet pause unavailable whatsapp-channel',
  'src/delivery/outlets': 'email-channel sms-channel',
  'src/delivery/operators': 'counters forget-recipients jobs stats',
  'src/delivery/queue':
    'claim enqueue group-commit new-job numbers outcomes owners persons queue reporter supersede sweep transition',
  'src/delivery/search': 'job-filter range request-ids search search-index unmark',
  'src/delivery/worker': 'admission backlog pace place receipt-log store-health wal-cutter worker',
  'src/hooks': 'hook-json hook-order hooks index receive',
  'src/hooks/authentication': 'authorization hmac standard-webhooks',
  'src/hooks/presets': 'index',
  'src/hosted': 'index',
  'src/hosted/words': 'index page-words',
  'src/http':
    'answer client-address errors forwarded gateway-errors headers methods parse public-files query server statuses vendor-files wait-words',
  'src/http/access':
    'api-key captcha captcha-verifier client cors cross-site csrf form-token operators rate-limits',
  'src/http/requests': 'body-type field-names known-fields request-id shown-path',
  'src/http/operator-sessions': 'device-cookie listed-session sessions',
  'src/key-changes': 'change-rows index',
  'src/limits': 'counts index networks rules',
  'src/logging': 'logging',
  'src/openapi': ALL,
  'src/openapi/operations': 'index',
  'src/openapi/operations/contracts': 'account cookie phone two-factor whatsapp',
  'src/openapi/page': 'page-view',
  'src/otp':
    'cold-budget idempotency issue keyed-calls or-store-unavailable phone places readiness request served-numbers wording written-on',
  'src/otp/conversion': 'block-alarms blocked-prefixes conversion guard-lanes prefix',
  'src/otp/handed': 'handed-codes links-to-write missing-numbers',
  'src/otp/operators': 'codes reach',
  'src/otp/route': 'code-rows messages moves route routed-codes routing ways',
  'src/otp/texts': 'fill index languages own-texts',
  'src/otp/verifications': 'code-rows counted index page-token secrets starts-once verification',
  'src/otp/writing-first': 'confirmations index late-links links opt-outs',
  'src/sandbox': '',
  'src/sandbox/mail': 'index',
  'src/sandbox/providers': 'sms-provider',
  'src/sandbox/whatsapp': 'index rule',
  'src/sandbox/whatsapp/handset': 'handset history letter listeners writing',
  'src/sandbox/whatsapp/linking': 'linking pairing-code registration',
  'src/sandbox/whatsapp/policy': 'cap lock tokens',
  'src/sandbox/whatsapp/wire': 'connection noise server',
  'src/twilio': 'answers fields index sids',
  'src/typed': ALL,
  'src/webhooks': 'delivery-json index',
  'src/webhooks/endpoints': 'endpoint endpoints rows',
  'src/webhooks/lane': 'attempt deliveries delivery disabling lane tidying',
  'src/webhooks/network': 'look-up post target',
  'src/webhooks/outbox': 'body hand-out obstacles refusals',
};

const folderOf = (path: string) => dirname(path);
const nameOf = (path: string) => path.slice(folderOf(path).length + 1).replace(/\.ts$/, '');
const isProgram = (path: string) => path.endsWith('.ts');
const entering = inside.filter(
  ({ from, target }) => folderOf(target) !== 'src' && !from.startsWith(`${folderOf(target)}/`),
);
const namesOf = (folder: string) => EXPORTS[folder]?.split(' ').filter((name) => name !== '') ?? [];

describe('what a folder exports', () => {
  it('is said of every folder', () => {
    const folders = new Set(sources.filter(({ path }) => isProgram(path)).map(({ path }) => folderOf(path)));
    folders.delete('src');
    const unknown = [...folders].filter((folder) => !(folder in EXPORTS));
    expect(
      unknown.map((folder) => `${folder}/ is new: give it a line in EXPORTS, with the files others begin at`),
    ).toEqual([]);
    const gone = Object.keys(EXPORTS).filter((folder) => !folders.has(folder));
    expect(gone.map((folder) => `${folder}/ is gone: remove its line from EXPORTS`)).toEqual([]);
  });

  it('is all that is imported from outside of it', () => {
    const refused = entering.filter(({ target }) => {
      const names = namesOf(folderOf(target));
      return !names.includes(ALL) && !names.includes(nameOf(target));
    });
    const sentences = refused.map(
      ({ from, target }) =>
        `${from} imports ${target}, which is for ${folderOf(target)}/ alone: take it from ` +
        `${namesOf(folderOf(target)).join(', ') || 'nowhere'} there, or, if others are meant to know the file, add ` +
        `"${nameOf(target)}" to the line of '${folderOf(target)}' in EXPORTS`,
    );
    expect(sentences).toEqual([]);
  });

  it('is imported by somebody', () => {
    const used = new Set(entering.map(({ target }) => target));
    const unused = Object.keys(EXPORTS).flatMap((folder) =>
      namesOf(folder)
        .filter((name) => name !== ALL && !used.has(`${folder}/${name}.ts`))
        .map((name) => `nobody outside of ${folder}/ imports "${name}": remove it from its line in EXPORTS`),
    );
    expect(unused).toEqual([]);
  });
});
