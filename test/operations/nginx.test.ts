import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const README = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
const BLOCK = /```nginx\n([\s\S]+?)```/.exec(README)?.[1] ?? '';
/** Without comments; each statement ends with a brace or a semicolon. */
const STATEMENTS = BLOCK.replace(/^\s*#.*$/gm, '')
  .split(/(?<=[{};])\s*\n/)
  .map((statement) => statement.trim())
  .filter(Boolean);

it('the block for nginx is well-formed: statements, blocks that close, answers in JSON', () => {
  let depth = 0;
  for (const statement of STATEMENTS) {
    expect(statement).toMatch(/^(\}|[a-z_]+( [^;{}]+)? \{|[a-z_]+( [^;]+)?;)$/);
    if (statement.endsWith('{')) depth++;
    if (statement === '}') depth--;
    expect(depth).toBeGreaterThanOrEqual(0);
  }
  expect(depth).toBe(0);
  const answers = STATEMENTS.map((statement) => /^return (\d+) '(.+)';$/.exec(statement)).filter(Boolean);
  expect(answers.map((answer) => answer?.[1])).toEqual(['400', '413', '429', '431', '503']);
  for (const answer of answers) {
    expect(JSON.parse(answer?.[2] ?? '')).toEqual({ message: expect.any(String), code: expect.any(String) });
  }
});

it('it hands on what the product goes by, and answers its own errors in its own words', () => {
  // $host has no port: on any but 80 and 443 the log-in would seem to come from another site.
  expect(STATEMENTS).toContain('proxy_set_header Host $http_host;');
  expect(STATEMENTS).toContain('proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;');
  expect(STATEMENTS).toContain('proxy_set_header X-Forwarded-Proto $scheme;');
  expect(STATEMENTS).toContain('client_max_body_size 16k;');
  expect(STATEMENTS).toContain('add_header Retry-After 5 always;');
  const places = STATEMENTS.flatMap((statement) => /^location = (\S+) \{$/.exec(statement)?.[1] ?? []);
  const pages = STATEMENTS.flatMap((statement) => /^error_page .* (\S+);$/.exec(statement)?.[1] ?? []);
  expect(places.length).toBeGreaterThan(0);
  expect(pages.sort()).toEqual(places.sort());
});

it('it limits what one address may do: connections at once, and requests', () => {
  expect(STATEMENTS).toContain('limit_conn otp_connections 50;');
  for (const kind of ['conn', 'req']) {
    const [, name] =
      STATEMENTS.join('\n').match(`limit_${kind}_zone \\$binary_remote_addr zone=(\\w+):`) ?? [];
    expect(STATEMENTS.some((line) => new RegExp(`^limit_${kind} (zone=)?${name} `).test(line))).toBe(true);
    expect(STATEMENTS).toContain(`limit_${kind}_status 429;`);
  }
});
