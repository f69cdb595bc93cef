import type { RequestHandler, Router } from 'express';
import { allowOrigins } from '../http/access/cors.js';
import { answerErrors, refuseMethod } from '../http/errors.js';
import type { Log } from '../log.js';
import { type ContractErrors, contractShape } from './answers.js';

/** The handlers of a path by method; every other method gets a 405. */
export interface Methods {
  get?: RequestHandler[];
  post?: RequestHandler[];
}

export type AddPath = (path: string, methods: Methods) => void;

/** Puts the paths of a contract on the router: with what guards them all, and every failure in the contract's own shape. */
export function createPaths(
  errors: ContractErrors,
  deps: { router: Router; clientOrigins: readonly string[]; guards: RequestHandler[]; log: Log },
): AddPath {
  const shape = contractShape(errors);
  const failed = answerErrors({ shape, log: deps.log });
  return (path, { get, post }) => {
    const allow = [...(get ? ['GET', 'HEAD'] : []), ...(post ? ['POST'] : [])].join(', ');
    const route = deps.router.route(path).all(allowOrigins(deps.clientOrigins, allow), ...deps.guards);
    if (get) route.get(...get);
    if (post) route.post(...post);
    route.all(refuseMethod(shape, allow), failed);
  };
}
