/** One process per database: two on one WhatsApp session would fight over it forever (close code 440). */
export interface InstanceLock {
  release(): Promise<void>;
}

export class AlreadyRunning extends Error {
  override readonly name = 'AlreadyRunning';
}
