import type { RequestHandler } from 'express';
import { isoOrNull } from '../../clock.js';
import { SERIES_RANGES, type SeriesRange, type Stats } from '../../delivery/operators/stats.js';
import { AppError } from '../../errors.js';
import { answerJson } from '../../http/answer.js';
import { queryOf } from '../../http/query.js';

/** GET /admin/api/stats?range=hour|day|week: counts by status, the last hour and day, and the chart's series. */
export function statsJson(stats: Stats): RequestHandler {
  return async (req, res) => {
    const asked = queryOf(req).get('range') || 'day';
    if (!isRange(asked)) throw new AppError('bad_request', 'Bad Request: "range" must be hour, day or week.');
    const [figures, series] = await Promise.all([stats.overview(), stats.series(asked)]);
    const { counts, oldestWaitingAt, ...rest } = figures;
    const oldest = isoOrNull(oldestWaitingAt);
    answerJson(res, 200, { ...counts, ...rest, oldestWaitingAt: oldest, range: asked, series });
  };
}

function isRange(text: string): text is SeriesRange {
  return Object.hasOwn(SERIES_RANGES, text);
}
