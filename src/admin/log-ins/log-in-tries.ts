import type { Request, Response } from 'express';
import type { Store } from '../../../database/schema.js';
import type { Floods } from '../../alarms/floods.js';
import type { Clock } from '../../clock.js';
import { AppError } from '../../errors.js';
import { clientAddress } from '../../http/client-address.js';
import { deviceCookie } from '../../http/operator-sessions/device-cookie.js';
import { requestIdIn } from '../../http/requests/request-id.js';
import type { Limits, Use } from '../../limits/index.js';
import { networkOf } from '../../limits/networks.js';
import { createKnownOperators } from './known-operators.js';

/**
 * How often a log-in may fail. What strangers do never keeps an operator out: where somebody has signed in during the last
 * 30 days, the browser (or without its cookie the address) has tries of its own, and the user name is not counted.
 */
export interface LogInTries {
  /** Counts a try as wrong before anything is compared. Rejects with rate_limited, also for a right one. */
  begin(req: Request): Promise<LogInTry>;
}

export interface LogInTry {
  /** From here on the browser and the address are known. */
  wasRight(res: Response): Promise<void>;
  wasWrong(): Promise<void>;
}

export function createLogInTries(deps: {
  store: Store;
  clock: Clock;
  limits: Limits;
  floods: Pick<Floods, 'note'>;
}): LogInTries {
  const { clock, limits, floods } = deps;
  const operators = createKnownOperators(deps);

  async function count(req: Request) {
    const address = clientAddress(req);
    const device = deviceCookie.hashIn(req);
    const own = [...(device === null ? [] : [device]), networkOf(address)];
    const known = await operators.first(own, clock.now());
    if (known !== null) {
      return { isStranger: false, counted: await limits.count([{ rule: 'operator-log-ins', of: known }]) };
    }
    // While many log-ins of strangers fail, each of them has to wait a little for every try.
    if ((await limits.waitMs([STRANGERS])) > 0) {
      await limits.count([{ rule: 'address-log-ins-pace', of: address }]);
    }
    return { isStranger: true, counted: await limits.count([{ rule: 'address-log-ins', of: address }]) };
  }

  async function countStranger(): Promise<void> {
    await limits.count([STRANGERS]).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
    });
  }

  return {
    async begin(req) {
      const noteWrong = () =>
        floods.note('logIns', { address: clientAddress(req), requestId: requestIdIn(req) });
      const { isStranger, counted } = await count(req).catch((error: unknown) => {
        if (error instanceof AppError) noteWrong();
        throw error;
      });
      return {
        async wasRight(res) {
          await counted.giveBack();
          const device = deviceCookie.set(req, res);
          await operators.note([device, networkOf(clientAddress(req))], clock.now());
        },
        async wasWrong() {
          noteWrong();
          if (isStranger) await countStranger();
        },
      };
    },
  };
}

const STRANGERS: Use = { rule: 'stranger-log-ins', of: 'all' };
