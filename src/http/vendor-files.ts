import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { RequestHandler } from 'express';
import { AppError } from '../errors.js';

const require = createRequire(import.meta.url);

/** What the pages import from installed packages, under the names that they use. */
function vendorFiles(): Record<string, string> {
  const uplot = dirname(require.resolve('uplot/dist/uPlot.esm.js'));
  return {
    'uplot.js': join(uplot, 'uPlot.esm.js'),
    'uplot.css': join(uplot, 'uPlot.min.css'),
    'idiomorph.js': require.resolve('idiomorph/dist/idiomorph.esm.js'),
  };
}

/** GET /assets/vendor/:name: browser libraries, served from here so that no page needs another host. */
export function serveVendorFile(): RequestHandler {
  let files: Record<string, string> | undefined;
  return (req, res, next) => {
    files ??= vendorFiles();
    const name = String(req.params.name);
    const file = Object.hasOwn(files, name) ? files[name] : undefined;
    if (file === undefined) return next(new AppError('not_found', 'There is nothing at this address.'));
    res.sendFile(file, { dotfiles: 'allow' }, (error) => {
      if (error && !res.headersSent) next(error);
    });
  };
}
