export interface ApiKeysTable {
  id: string;
  name: string;
  scopes: string;
  allowed_ips: string | null;
  per_minute: number | null;
  codes_per_minute: number | null;
  codes_per_hour: number | null;
  per_day: number | null;
  per_country: string | null;
  secret_hash: string;
  former_hash: string | null;
  former_until: number | null;
  created_at: number;
  created_by: string;
  rotated_at: number | null;
  expires_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
  last_used_ip: string | null;
  return_urls: string | null;
  tests_allowed_at: number | null;
  sms_refused_at: number | null;
}

export interface TestNumbersTable {
  key_id: string;
  contact: string;
  code: string;
  ends_at: number;
}

export interface HooksTable {
  id: string;
  preset: string;
  name: string;
  route: string | null;
  ttl: number;
  to_pointer: string | null;
  code_pointer: string | null;
  secret: string;
  former_secret: string | null;
  former_until: number | null;
  created_at: number;
  created_by: string;
  rotated_at: number | null;
  disabled_at: number | null;
  last_used_at: number | null;
}
