import type { CodePage } from '../../otp/operators/codes.js';
import { type CallerNames, callerChoices, callerWords } from '../callers/caller-names.js';
import { capitalized } from '../capitalized.js';
import { choices } from '../choices.js';
import { CHANNEL_NAMES } from '../jobs/channel-words.js';
import { channelName } from '../jobs/reason-words.js';
import type { Href } from '../list-request.js';
import { pager } from '../pager.js';
import type { FilterText } from './filter-request.js';
import { verificationRow } from './verification-view.js';
import { STATUS_CHOICES } from './verification-words.js';

/** What the page of the list is made of. */
interface Listing {
  text: FilterText;
  list: CodePage;
  /** What is wrong with the filter that was asked for; all are shown then. */
  problem: string | null;
  names: CallerNames;
}

export function listView({ text, list, problem, names }: Listing, href: Href) {
  const isFiltered = Object.values(text).some((each) => each !== '');
  return {
    title: text.status ? `${capitalized(wordOf(text.status))} · Verifications` : 'Verifications',
    heading: isFiltered ? 'Verifications that match' : 'All verifications',
    problem,
    isFiltered,
    form: filterForm(text, names),
    chips: filterChips(text, names, href),
    verifications: list.codes.map((code) => verificationRow(code, names)),
    pages: pager(list.codes.length, list, href),
  };
}

function filterForm(text: FilterText, names: CallerNames) {
  return {
    q: text.q,
    statuses: choices(
      STATUS_CHOICES.map(({ value, word }) => ({ value, label: capitalized(word) })),
      text.status,
    ),
    channels: choices(
      CHANNEL_NAMES.map((value) => ({ value, label: channelName(value) })),
      text.channel,
    ),
    callers: choices(callerChoices(names), text.caller),
  };
}

/** The filters in use, each with the way to the list without it. */
function filterChips(text: FilterText, names: CallerNames, href: Href) {
  const chip = (label: string, name: keyof FilterText, words: string) =>
    text[name] ? [{ label, words, href: href({ [name]: null }) }] : [];
  return [
    ...chip('Status', 'status', wordOf(text.status)),
    ...chip('Search', 'q', text.q),
    ...chip('Over', 'channel', channelName(text.channel)),
    ...chip('Caller', 'caller', callerWords(text.caller, names)),
  ];
}

function wordOf(status: string): string {
  return STATUS_CHOICES.find(({ value }) => value === status)?.word ?? status;
}
