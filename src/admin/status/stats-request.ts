import type { RequestHandler } from 'express';
import type { Floods } from '../../alarms/floods.js';
import { isoOrNull } from '../../clock.js';
import { SERIES_RANGES, type SeriesRange, type Stats } from '../../delivery/operators/stats.js';
import { AppError } from '../../errors.js';
import { answerJson } from '../../http/answer.js';
import { queryOf } from '../../http/query.js';

/** GET /admin/api/stats?range=hour|day|week: counts by status, the last hour and day, the chart's series, and how much was wrong. */
export function statsJson(deps: { stats: Stats; floods: Pick<Floods, 'lastDay'> }): RequestHandler {
  const { stats, floods } = deps;
  return async (req, res) => {
    const asked = queryOf(req).get('range') || 'day';
    if (!isRange(asked)) throw new AppError('bad_request', 'Bad Request: "range" must be hour, day or week.');
    const [figures, series, wrong] = await Promise.all([
      stats.overview(),
      stats.series(asked),
      floods.lastDay(),
    ]);
    const { counts, oldestWaitingAt, ...rest } = figures;
    const oldest = isoOrNull(oldestWaitingAt);
    answerJson(res, 200, { ...counts, ...rest, oldestWaitingAt: oldest, range: asked, series, wrong });
  };
}

function isRange(text: string): text is SeriesRange {
  return Object.hasOwn(SERIES_RANGES, text);
}
