import { isoOrNull } from '../../clock.js';
import type { BlockedPrefix } from '../../otp/conversion/blocked-prefixes.js';
import type { ConversionFigures } from '../../otp/conversion/conversion.js';
import { prefixInWords } from '../../otp/conversion/prefix.js';
import { channelWords } from '../jobs/channel-words.js';

const DAY_MS = 24 * 60 * 60_000;

/** The times that the page can show. */
export const RANGES = [
  { name: 'day', label: '24 hours', ms: DAY_MS },
  { name: 'week', label: '7 days', ms: 7 * DAY_MS },
];

/** Of fewer, a share says nothing. */
const MIN_STARTED = 5;

const countries = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });

/** What was approved of what was started, in words and as a bar. */
export function figuresView({ channels, countries }: ConversionFigures) {
  return {
    channels: channels.map((figure) => ({
      name: channelWords(figure.channel).channelName,
      ...share(figure),
    })),
    countries: countries.map((figure) => ({
      name: countryName(figure.country),
      ...share(figure),
      channels: figure.channels
        .map((each) => `${channelWords(each.channel).channelName} ${share(each).text}`)
        .join(' · '),
    })),
  };
}

/** A blocked prefix, and where its block is lifted. */
export function blockRow({ prefix, country, since, until, started, approved }: BlockedPrefix) {
  return {
    id: prefix.slice(1),
    name: prefixInWords(prefix),
    country: countryName(country),
    since: isoOrNull(since),
    until: isoOrNull(until),
    text: share({ started, approved }).text,
    api: `/admin/api/blocked-prefixes/${encodeURIComponent(prefix)}/lift`,
  };
}

/** @param counts of which `percent` is null when there are too few. */
function share({ started, approved }: { started: number; approved: number }) {
  const percent = started < MIN_STARTED ? null : Math.round((approved / started) * 100);
  return {
    text: `${approved.toLocaleString('en')} of ${started.toLocaleString('en')}`,
    percent,
    started,
    approved,
  };
}

function countryName(country: string): string {
  if (country === '') return 'E-mail addresses';
  return country === 'ZZ' ? 'Unknown country' : (countries.of(country) ?? country);
}
