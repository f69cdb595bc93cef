import { afterAll, beforeAll, expect, it } from 'vitest';
import { documentOf } from '../../src/openapi/document.js';
import { surfacesOf } from '../../src/openapi/operations/index.js';
import { docsView } from '../../src/openapi/page/page-view.js';
import { DEFAULT_SETTINGS } from '../../src/openapi/settings.js';
import { API_KEY, type Gateway, startGateway } from '../http/harness.js';
import { run } from '../support/child.js';
import { newFolder } from '../support/databases.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const document = documentOf(surfacesOf(DEFAULT_SETTINGS));
const viewAt = (origin: string) => docsView(document, origin);
const operationsAt = (origin: string) => viewAt(origin).groups.flatMap(({ operations }) => operations);

it('/openapi.json is the document, for pages of any origin', async () => {
  const answer = await fetch(`${gateway.url}/openapi.json`);
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  expect(await answer.json()).toEqual(document);
});

it('/docs has every operation and every code, and loads nothing from elsewhere', async () => {
  const answer = await fetch(`${gateway.url}/docs`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'");
  const html = await answer.text();
  expect(html).not.toMatch(/<script|style=|(?:src|<link[^>]*href)="https?:/);
  const { groups, codes } = viewAt('');
  for (const { id } of groups.flatMap(({ operations }) => operations)) expect(html).toContain(`id="${id}"`);
  for (const { code, words } of codes) {
    expect(html).toContain(`id="code-${code}"`);
    expect(words).not.toBe('');
  }
  const anchors = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(anchors.length).toBe(new Set(anchors).size);
  const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  expect(targets.filter((id) => !anchors.includes(id))).toEqual([]);
});

it.each(operationsAt(''))('$id has a sample for each language', ({ samples }) => {
  expect(samples.map(({ language }) => language)).toEqual(['curl', 'JavaScript', 'Python', 'PHP']);
});

async function outputOf(command: string, args: string[]): Promise<string> {
  const child = run(command, args, { cwd: newFolder(), env: { API_KEY, PATH: process.env.PATH ?? '' } });
  await child.exited;
  return child.output();
}

it.each(['sendOtp', 'listVerifications', 'readyz'])(
  '%s: the samples for curl and JavaScript are answered',
  async (id) => {
    const { samples = [] } = operationsAt(gateway.url).find((operation) => operation.id === id) ?? {};
    const textFor = (language: string) => samples.find((sample) => sample.language === language)?.text ?? '';
    expect(JSON.parse(await outputOf('bash', ['-c', textFor('curl')]))).not.toHaveProperty('code');
    const printed = await outputOf(process.execPath, ['--input-type=module', '-e', textFor('JavaScript')]);
    expect(printed).toMatch(/^20[0-2] \{/);
  },
);
