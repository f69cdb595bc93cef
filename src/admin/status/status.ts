import type { RequestHandler } from 'express';
import type { Floods } from '../../alarms/floods.js';
import { isoOrNull } from '../../clock.js';
import type { Jobs } from '../../delivery/operators/jobs.js';
import type { Stats } from '../../delivery/operators/stats.js';
import type { ChannelSwitch } from '../../delivery/pause.js';
import { answerJson } from '../../http/answer.js';
import type { KeyChanges } from '../../key-changes/index.js';
import { countLinks } from '../jobs/filter-view.js';
import { jobRow } from '../jobs/job-view.js';
import type { Layout } from '../layout.js';
import { channelView, type UsedOfDay } from './channels.js';
import { keyChangeView } from './key-change-view.js';
import { type OverviewDeps, overview } from './overview.js';
import {
  CHART_RANGES,
  type ColdAllowed,
  coldWords,
  deliveryWindows,
  senderView,
  waitWords,
  wrongFigures,
} from './status-view.js';

export interface StatusDeps extends OverviewDeps {
  jobs: Jobs;
  /** Of the channels that are set up. */
  switches: readonly ChannelSwitch[];
  usedOfDay: UsedOfDay;
  stats: Stats;
  coldAllowed(): ColdAllowed;
  keyProgress: KeyChanges['progress'];
  floods: Pick<Floods, 'lastDay'>;
}

const NEWEST_JOBS = 10;
const EVERYTHING = { status: null, from: null, to: null, q: null };

/** GET /admin/api/status. Asking counts as looking: QR codes are kept fresh meanwhile. */
export function statusJson(deps: StatusDeps): RequestHandler {
  return (_req, res) => {
    deps.sender.attend();
    answerJson(res, 200, overview(deps));
  };
}

/** GET /admin/status: the dashboard, which its script fetches again and again to stay current. */
export function statusPage(deps: StatusDeps & { layout: Layout }): RequestHandler {
  return async (req, res) => {
    deps.sender.attend();
    const [figures, wrong, newest, keys, channels] = await Promise.all([
      deps.stats.overview(),
      deps.floods.lastDay(),
      deps.jobs.list(EVERYTHING, 1, NEWEST_JOBS),
      deps.keyProgress(),
      Promise.all(deps.switches.map((each) => channelView(each, deps.usedOfDay))),
    ]);
    const status = overview(deps);
    const isFirstPaused = deps.switches[0]?.pausedAt() != null;
    res.render('status', {
      ...deps.layout(req, 'status'),
      status: senderView(status),
      channels,
      keyChanges: keys.map(keyChangeView),
      counts: countLinks(figures.counts, (each) => `/admin/jobs?status=${each}`),
      oldestWaitingAt: isoOrNull(figures.oldestWaitingAt),
      wait: waitWords(status, figures.projectedWaitMs, isFirstPaused),
      windows: deliveryWindows(figures),
      cold: coldWords(figures, deps.coldAllowed()),
      wrong: wrongFigures(wrong),
      ranges: CHART_RANGES,
      jobs: newest.jobs.map((job) => jobRow(job, 'compact')),
    });
  };
}
