import { GATEWAY } from '../product.js';
import type { World } from './world.js';

const HOUR_MS = 3_600_000;

export interface Scenario {
  name: string;
  /** Nobody can be reached in a chat: whoever gets no SMS either could not be verified by anything. */
  withoutChat: boolean;
  /** How many messages to people who have not written WhatsApp may see; null: as many as are advised. */
  coldFrames: number | null;
  begin(world: World): void;
  end(world: World): void;
}

const CAP = 3;
const nothing = () => {};

export const SCENARIOS: Scenario[] = [
  { name: 'all well', withoutChat: false, coldFrames: null, begin: nothing, end: nothing },
  {
    ...{ name: 'locked', withoutChat: false, coldFrames: 0, end: nothing },
    begin({ whatsapp, clock }) {
      whatsapp.phone(GATEWAY).restrict({ until: clock.now() + 24 * HOUR_MS });
    },
  },
  // The one that is refused tells of the cap.
  {
    ...{ name: 'capped', withoutChat: false, coldFrames: CAP + 1, end: nothing },
    begin({ whatsapp, clock }) {
      whatsapp.phone(GATEWAY).capNewChats({ total: CAP, cycleEnd: clock.now() + 24 * HOUR_MS });
    },
  },
  {
    ...{ name: 'WhatsApp down', withoutChat: true, coldFrames: null },
    begin({ whatsapp }) {
      whatsapp.faults.rules.refuseUpgrades.set(503);
      whatsapp.faults.dropConnections();
    },
    end: ({ whatsapp }) => whatsapp.faults.reset(),
  },
  {
    ...{ name: 'banned', withoutChat: true, coldFrames: null, end: nothing },
    begin({ whatsapp }) {
      whatsapp.faults.rules.refuseLogins.set({ reason: '403' });
      whatsapp.faults.streamError(403);
    },
  },
];
