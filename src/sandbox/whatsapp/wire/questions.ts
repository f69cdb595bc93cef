import type { Clock, Timer } from '../../../clock.js';
import type { Node } from '../nodes.js';

/** Iq stanzas that the server has sent and that the client has yet to answer. */
export interface Questions {
  /** Resolves with the answer; rejects after `ms` or when the connection closes. */
  wait(id: string, ms: number): Promise<Node>;
  /** Whether the stanza answered one of them. */
  answer(stanza: Node): boolean;
  abandon(): void;
}

interface Question {
  resolve(answer: Node): void;
  reject(error: Error): void;
  timer: Timer;
}

export function createQuestions(clock: Clock): Questions {
  const open = new Map<string, Question>();

  const close = (id: string): Question | undefined => {
    const question = open.get(id);
    open.delete(id);
    question?.timer.cancel();
    return question;
  };

  return {
    wait: (id, ms) =>
      new Promise((resolve, reject) => {
        const timer = clock.after(ms, () => close(id)?.reject(new Error('The device did not answer')));
        open.set(id, { resolve, reject, timer });
      }),
    answer(stanza) {
      const { id = '', type } = stanza.attrs;
      if (stanza.tag !== 'iq' || type === 'get' || type === 'set') return false;
      const question = close(id);
      question?.resolve(stanza);
      return question !== undefined;
    },
    abandon() {
      for (const id of [...open.keys()]) close(id)?.reject(new Error('The device closed the connection'));
    },
  };
}
