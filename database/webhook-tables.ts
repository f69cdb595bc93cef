import type { Generated } from 'kysely';

export interface WebhookEndpointsTable {
  id: string;
  caller: string;
  url: string;
  events: string | null;
  full_numbers_at: number | null;
  secret: string;
  former_secret: string | null;
  former_until: number | null;
  created_at: number;
  disabled_at: number | null;
  disabled_for: string | null;
  failing_since: number | null;
  arrived_at: number | null;
}

export interface WebhookEventsTable {
  id: Generated<number>;
  type: string;
  hearer: string | null;
  at: number;
  job_id: number | null;
  code_id: string | null;
  purpose: string | null;
  channel: string | null;
  contact: string | null;
  error_code: string | null;
  error_message: string | null;
  detail: string | null;
}

export interface WebhookDeliveriesTable {
  id: Generated<number>;
  endpoint_id: string;
  message_id: string;
  type: string;
  body: string | null;
  event_at: number;
  wanted_at: number;
  status: 'waiting' | 'arrived' | 'dead';
  attempts: Generated<number>;
  due_at: number;
  lease_until: number | null;
  tried_at: number | null;
  took_ms: number | null;
  http_status: number | null;
  problem: string | null;
  answer: string | null;
}
