import { createTurns } from '../../one-at-a-time.js';
import type { PairingRequests } from './pairing-requests.js';
import type { Control } from './state/control.js';

/** What a person does with the number. One act at a time. */
export interface Operator {
  reload(): Promise<void>;
  logout(): Promise<void>;
  requestPairingCode(phone: string): Promise<string>;
  attend(): void;
}

export function createOperator(deps: {
  happened: Control['happened'];
  pairingRequests: PairingRequests;
}): Operator {
  const { happened, pairingRequests } = deps;
  const inTurn = createTurns();

  return {
    reload: () => inTurn(() => happened({ type: 'reload_asked' })),
    logout: () => inTurn(() => happened({ type: 'logout_asked' })),
    async requestPairingCode(phone) {
      // Only the start of the attempt waits for its turn.
      const { code } = await inTurn(async () => {
        const { request, code } = pairingRequests.open();
        void happened({ type: 'pairing_code_asked', request, phone });
        return { code };
      });
      return code;
    },
    attend: () => void happened({ type: 'attended' }),
  };
}
