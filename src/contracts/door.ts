import type { RequestHandler, Router } from 'express';
import { allowOrigins } from '../http/access/cors.js';
import { answerJson } from '../http/answer.js';
import type { Log } from '../log.js';
import { answerContractErrors, type ErrorShape } from './answers.js';

/** What a path answers to which method; every other method gets a 405. */
export interface Methods {
  get?: RequestHandler[];
  post?: RequestHandler[];
}

export type Door = (path: string, methods: Methods) => void;

/** Puts the paths of a contract on the router: what guards them all, and every failure in the contract's own shape. */
export function createDoor(
  shape: ErrorShape,
  deps: { router: Router; clientOrigins: readonly string[]; perAddress: RequestHandler; log: Log },
): Door {
  const errors = answerContractErrors(shape, deps.log);
  return (path, { get, post }) => {
    const allow = [...(get ? ['GET', 'HEAD'] : []), ...(post ? ['POST'] : [])].join(', ');
    const route = deps.router.route(path).all(allowOrigins(deps.clientOrigins, allow), deps.perAddress);
    if (get) route.get(...get);
    if (post) route.post(...post);
    route.all(methodNotAllowed(shape, allow), errors);
  };
}

function methodNotAllowed(shape: ErrorShape, allow: string): RequestHandler {
  return (_req, res) => {
    res.setHeader('Allow', allow);
    answerJson(res, 405, shape.other(`This address only answers ${allow}.`));
  };
}
