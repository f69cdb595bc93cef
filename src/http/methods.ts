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
