import type { Express } from 'express';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { surfacesOf } from '../../src/openapi/operations/index.js';
import { DEFAULT_SETTINGS } from '../../src/openapi/settings.js';
import { type Gateway, startGateway } from '../http/harness.js';

/** What Express keeps of a route, or of another router. */
interface Layer {
  /** Where another router stands. */
  rawPath: string;
  route?: { path: string; methods: Record<string, boolean> };
  handle: { stack?: Layer[] };
}

/** Pages for people, and what those load; the catch-all below /account knows no method. */
const NOT_IN_IT = /^\w+ \/(admin|sandbox|assets|docs|metrics|v|auth\/google)(\/|$)/;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

function routesOf(stack: readonly Layer[], place = ''): string[] {
  return stack.flatMap(({ rawPath, route, handle }) => {
    if (route) return methodsOf(route.methods).map((method) => `${method} ${inDocument(place + route.path)}`);
    return routesOf(handle.stack ?? [], rawPath === '/' ? place : place + rawPath);
  });
}

/** A handler of all methods takes what a program sends. */
function methodsOf(methods: Record<string, boolean>): string[] {
  const named = Object.keys(methods).filter((method) => method !== '_all');
  return named.length > 10 ? ['get', 'post'] : named;
}

/** Whatever the parameters are called. */
function inDocument(path: string): string {
  return path.replaceAll(/:\w+|\{\w+\}/g, '{}');
}

it('every route is in the document, and every operation of the document is a route', () => {
  const { stack } = (gateway.app as Express & { router: { stack: Layer[] } }).router;
  const routes = routesOf(stack).filter((route) => !NOT_IN_IT.test(route));
  const operations = surfacesOf(DEFAULT_SETTINGS).flatMap((surface) => surface.operations);
  expect(routes.length).toBeGreaterThan(30);
  expect([...new Set(routes)].sort()).toEqual(
    operations.map(({ method, path }) => `${method} ${inDocument(path)}`).sort(),
  );
});
