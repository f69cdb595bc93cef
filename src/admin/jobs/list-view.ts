import { isoOrNull } from '../../clock.js';
import type { JobView, ShownStatus } from '../../delivery/job.js';
import type { JobPage, Jobs } from '../../delivery/operators/jobs.js';
import { type CallerNames, callerWords } from '../callers/caller-names.js';
import { capitalized } from '../capitalized.js';
import type { Href } from '../list-request.js';
import { pager } from '../pager.js';
import type { FilterText } from './filter-request.js';
import { countLinks, filterChips, filterForm } from './filter-view.js';
import { jobRow } from './job-view.js';
import { bulkOffers } from './job-words.js';

/** What the page of the list is made of. */
interface Listing {
  text: FilterText;
  list: JobPage;
  /** What is wrong with the filter that was asked for; all jobs are shown then. */
  problem: string | null;
  names: CallerNames;
  counts: Record<ShownStatus, number>;
  indexing: Awaited<ReturnType<Jobs['indexing']>>;
}

export function listView({ text, list, problem, counts, indexing, names }: Listing, href: Href) {
  const { status, q, caller, since, from, to } = text;
  const isFiltered = [status, q, caller, since, from, to].some((each) => each !== '');
  const isEmpty = list.jobs.length === 0;
  const hasJobs = Object.values(counts).some((count) => count > 0);
  const offers = bulkOffers(isFiltered);
  return {
    title: status ? `${capitalized(status)} · Jobs` : 'Jobs',
    heading: isFiltered ? 'Jobs that match' : 'All jobs',
    problem,
    indexing,
    counts: countLinks(counts, (each) => href({ status: each === status ? null : each }), status),
    form: filterForm(text, list.pageSize, names),
    chips: filterChips(text, names, href),
    /** The actions on all jobs of the list. Their questions stand ready even while there is nothing to ask about. */
    bulk: problem === null && !isEmpty ? offers : [],
    dialogs: offers.map(({ dialog }) => dialog),
    jobs: list.jobs.map((job) => ({ ...jobRow(job, 'all'), callerName: jobCallerName(job, names) })),
    pages: pager(list.jobs.length, list, href),
    searchedTo: searchedTo(list, href),
    noMatch: isEmpty && isFiltered && hasJobs ? noMatch(text, list) : null,
  };
}

/** Null: nobody wrote it down. */
export function jobCallerName({ caller }: JobView, names: CallerNames): string | null {
  return caller === null ? null : callerWords(caller, names);
}

/** How far a search came that ended early, and the way on. */
function searchedTo({ searchedTo: last }: JobPage, href: Href) {
  if (last === null) return null;
  const { jobId, createdAt } = last;
  return { jobId, createdAt: isoOrNull(createdAt), href: href({ before: jobId }) };
}

function noMatch({ q }: FilterText, list: JobPage) {
  return {
    words: list.searchedTo ? 'No match among the jobs searched so far.' : 'No job matches this filter.',
    explainsSearch: q !== '',
  };
}
