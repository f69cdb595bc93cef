import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from './harness.js';
import { exchange } from './raw.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

describe('files of libraries', () => {
  it.each([
    ['uplot.js', 'text/javascript; charset=utf-8', /export \{[^}]*as default|export default/],
    ['idiomorph.js', 'text/javascript; charset=utf-8', /export \{[^}]*Idiomorph/],
    ['uplot.css', 'text/css; charset=utf-8', /\.uplot/],
  ])('%s is served from here, as what it is', async (name, type, content) => {
    const { text } = await request(gateway.url)
      .get(`/assets/vendor/${name}`)
      .expect(200)
      .expect('Content-Type', type)
      .expect('X-Content-Type-Options', 'nosniff')
      .expect('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
    expect(text).toMatch(content);
    expect(text).not.toMatch(/^import /m);
    const length = String(Buffer.byteLength(text));
    await request(gateway.url).head(`/assets/vendor/${name}`).expect(200).expect('Content-Length', length);
  });

  it.each([
    '',
    'uPlot.js',
    'uplot',
    'uplot.js%00',
    'uplot.js.map',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    '..%2f',
    '..%2fadmin.js',
    '..%2f..%2f..%2fpackage.json',
    '%2e%2e%2f%2e%2e%2fpackage.json',
    '..%5c..%5cpackage.json',
    '../../package.json',
    '%2fetc%2fpasswd',
    'uplot.js/..%2f..%2fpackage.json',
  ])('there is no "%s"', async (name) => {
    // As it is written: fetch would take the dots out.
    const answer = await exchange(
      gateway.url,
      `GET /assets/vendor/${name} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n`,
    );
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'not_found' });
  });

  it('cannot be written', async () => {
    for (const method of ['post', 'put', 'delete'] as const) {
      await request(gateway.url)[method]('/assets/vendor/uplot.js').expect(405).expect('Allow', 'GET, HEAD');
    }
  });
});
