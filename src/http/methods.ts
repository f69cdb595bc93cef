import type { IRouter, RequestHandler } from 'express';
import { methodNotAllowed } from './gateway-errors.js';

/** `path` answers GET (and HEAD); any other method gets a 405. */
export function get(router: IRouter, path: string, ...handlers: RequestHandler[]): void {
  router
    .route(path)
    .get(...handlers)
    .all(methodNotAllowed('GET, HEAD'));
}

/** `path` answers POST; any other method gets a 405. */
export function post(router: IRouter, path: string, ...handlers: RequestHandler[]): void {
  router
    .route(path)
    .post(...handlers)
    .all(methodNotAllowed('POST'));
}

/** `path` answers both; any other method gets a 405. */
export function getAndPost(
  router: IRouter,
  path: string,
  handlers: { get: RequestHandler[]; post: RequestHandler[] },
): void {
  router
    .route(path)
    .get(...handlers.get)
    .post(...handlers.post)
    .all(methodNotAllowed('GET, HEAD, POST'));
}

/** `path` answers these; any other method gets a 405. */
export function methods(
  router: IRouter,
  path: string,
  handlers: Partial<Record<'get' | 'post' | 'patch' | 'delete', RequestHandler[]>>,
): void {
  const route = router.route(path);
  const allowed: string[] = [];
  for (const name of ['get', 'post', 'patch', 'delete'] as const) {
    const found = handlers[name];
    if (!found) continue;
    route[name](...found);
    allowed.push(name === 'get' ? 'GET, HEAD' : name.toUpperCase());
  }
  route.all(methodNotAllowed(allowed.join(', ')));
}
