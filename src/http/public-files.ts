import { join } from 'node:path';
import express, { type RequestHandler, Router } from 'express';

/**
 * The files of `public/` under /assets, those of the sandbox only where it runs.
 * @param folder the absolute path of `public/`.
 */
export function servePublicFiles(folder: string, withSandbox: boolean): RequestHandler {
  const router = Router();
  const files = express.static(folder, { index: false });
  router.use((req, res, next) => {
    if (withSandbox || !leadsTo(folder, req.path, join(folder, 'sandbox'))) files(req, res, next);
    else next();
  });
  return router;
}

/** However the path is written; a disk may take no notice of capitals. */
function leadsTo(folder: string, path: string, place: string): boolean {
  try {
    const file = join(folder, decodeURIComponent(path)).toLowerCase();
    return file === place.toLowerCase() || file.startsWith(join(place, '/').toLowerCase());
  } catch {
    // No path at all: what serves the files says so.
    return false;
  }
}
