import type { Request, RequestHandler } from 'express';
import { isoOrNull } from '../../clock.js';
import type { ChannelSwitch } from '../../delivery/pause.js';
import { reasonOf, type UnavailableCode } from '../../delivery/unavailable.js';
import { AppError } from '../../errors.js';
import { answerJson } from '../../http/answer.js';
import type { Audit } from '../audit/audit.js';
import { channelWords } from '../jobs/channel-words.js';

type State = 'open' | 'paused' | 'shut';

/** How many messages of the day are used, of how many; null: they are not counted. */
export type UsedOfDay = (channel: string) => Promise<{ used: number; cap: number } | null>;

/** A channel as JSON: whether codes go out over it now, and if not, why. */
export function shownChannel({ name, costs, pausedAt, obstacle }: ChannelSwitch) {
  const [since, found] = [pausedAt(), obstacle()];
  const state: State = since !== null ? 'paused' : found === null ? 'open' : 'shut';
  return {
    name,
    costs,
    state,
    pausedAt: isoOrNull(since),
    obstacle: found && { code: found.code, reason: reasonOf(found.code), detail: found.detail ?? null },
  };
}

const TONES = { open: 'good', paused: 'warning', shut: 'bad' } as const;
/** From this part of the day's messages on, the figure is marked. */
const NEARLY = 0.8;
/** These pass, or somebody wants them so. */
const MILD: readonly UnavailableCode[] = ['sending_paused', 'queue_full', 'sender_disconnected'];

/** The same in words. */
export async function channelView(channel: ChannelSwitch, usedOfDay: UsedOfDay) {
  const shown = shownChannel(channel);
  const used = await usedOfDay(channel.name);
  const { state, obstacle } = shown;
  const tone = obstacle !== null && MILD.includes(obstacle.code) ? 'warning' : TONES[state];
  return {
    ...shown,
    label: channelWords(shown.name).channelName,
    badge: { word: state, tone, icon: tone },
    why: state === 'shut' && obstacle ? (obstacle.detail ?? obstacle.reason) : null,
    use: used && `${used.used.toLocaleString('en')} of ${used.cap.toLocaleString('en')} today`,
    isNearlyUsed: used !== null && used.used >= used.cap * NEARLY,
    api: `/admin/api/channels/${encodeURIComponent(shown.name)}`,
  };
}

/** The channels that are set up, each with its own switch. */
export function createChannelActions(deps: {
  switches: readonly ChannelSwitch[];
  usedOfDay: UsedOfDay;
  audit: Audit;
}) {
  const { switches, usedOfDay, audit } = deps;

  function find(req: Request): ChannelSwitch {
    const found = switches.find(({ name }) => name === req.params.name);
    if (!found) throw new AppError('not_found', 'There is no such channel, or it is not set up.');
    return found;
  }

  return {
    /** GET /admin/api/channels → `{ channels: [{ name, costs, state, pausedAt, obstacle, ofDay }] }` */
    list: (async (_req, res) => {
      const channels = switches.map(async (each) => ({
        ...shownChannel(each),
        ofDay: await usedOfDay(each.name),
      }));
      answerJson(res, 200, { channels: await Promise.all(channels) });
    }) satisfies RequestHandler,

    /** POST /admin/api/channels/:name/pause: its codes are refused at once, or take the next channel of their route. */
    pause: (async (req, res) => {
      const channel = find(req);
      const { name } = channel;
      if (await channel.pause()) await audit.record(req, 'channel_paused', { target: `channel ${name}` });
      const message = `${channelWords(name).channelName} is paused. Its codes take another channel, or are refused.`;
      answerJson(res, 200, { ...shownChannel(channel), message });
    }) satisfies RequestHandler,

    /** POST /admin/api/channels/:name/resume */
    resume: (async (req, res) => {
      const channel = find(req);
      const { name } = channel;
      if (await channel.resume()) await audit.record(req, 'channel_resumed', { target: `channel ${name}` });
      answerJson(res, 200, {
        ...shownChannel(channel),
        message: `${channelWords(name).channelName} goes on.`,
      });
    }) satisfies RequestHandler,
  };
}
