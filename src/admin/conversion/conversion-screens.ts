import type { Request, RequestHandler } from 'express';
import { type Clock, isoOrNull } from '../../clock.js';
import { AppError } from '../../errors.js';
import { answerJson } from '../../http/answer.js';
import { queryOf } from '../../http/query.js';
import type { BlockedPrefix, BlockedPrefixes } from '../../otp/conversion/blocked-prefixes.js';
import type { Conversion } from '../../otp/conversion/conversion.js';
import type { Layout } from '../layout.js';
import { blockRow, figuresView, RANGES } from './conversion-view.js';

/** How many verifications were approved, and which prefixes are blocked because too few were. */
export function createConversionPages(deps: {
  conversion: Pick<Conversion, 'figures'>;
  blocked: Pick<BlockedPrefixes, 'list'>;
  clock: Clock;
  layout: Layout;
}) {
  const { conversion, blocked, clock, layout } = deps;

  async function read(req: Request) {
    const asked = queryOf(req).get('range') || 'day';
    const range = RANGES.find(({ name }) => name === asked);
    if (!range) throw new AppError('bad_request', 'Bad Request: "range" must be day or week.');
    const [figures, blocks] = await Promise.all([conversion.figures(clock.now() - range.ms), blocked.list()]);
    return { range: range.name, figures, blocks };
  }

  return {
    /** GET /admin/conversion?range=day|week */
    page: (async (req, res) => {
      const { range, figures, blocks } = await read(req);
      res.render('conversion', {
        ...layout(req, 'conversion'),
        ranges: RANGES.map(({ name, label }) => ({ name, label, isCurrent: name === range })),
        ...figuresView(figures),
        blocks: blocks.map(blockRow),
      });
    }) satisfies RequestHandler,

    /** GET /admin/api/conversion?range=day|week → `{ range, channels, countries, blocked }` */
    json: (async (req, res) => {
      const { range, figures, blocks } = await read(req);
      answerJson(res, 200, { range, ...figures, blocked: blocks.map(shownBlock) });
    }) satisfies RequestHandler,
  };
}

function shownBlock({ since, until, ...block }: BlockedPrefix) {
  return { ...block, since: isoOrNull(since), until: isoOrNull(until) };
}
