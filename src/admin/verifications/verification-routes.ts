import { Router } from 'express';
import { get, post } from '../../http/methods.js';
import { createVerificationActions } from './verification-actions.js';
import { createVerificationPages } from './verification-screens.js';

type Deps = Parameters<typeof createVerificationPages>[0] & Parameters<typeof createVerificationActions>[0];

/** What is below /verifications, of the pages and of their JSON. */
export function createVerificationRoutes(deps: Deps): { pages: Router; api: Router } {
  const screens = createVerificationPages(deps);
  const actions = createVerificationActions(deps);
  const pages = Router();
  get(pages, '/', screens.listPage);
  get(pages, '/:id', screens.storyPage);
  const api = Router();
  get(api, '/', screens.listJson);
  get(api, '/:id', screens.storyJson);
  post(api, '/:id/cancel', actions.cancel);
  post(api, '/:id/reveal', actions.reveal);
  return { pages, api };
}
