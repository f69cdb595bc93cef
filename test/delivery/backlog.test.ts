import { beforeEach, describe, expect, it } from 'vitest';
import { type Backlog, createBacklog } from '../../src/delivery/worker/backlog.js';

describe('the backlog', () => {
  let backlog: Backlog;
  beforeEach(() => {
    backlog = createBacklog();
  });

  it('counts a code from its admission to its end', () => {
    const sizes = [backlog.size()];
    const step = (act: () => void) => {
      act();
      sizes.push(backlog.size());
    };
    step(() => backlog.reserved());
    step(() => backlog.committed(1, 0));
    step(() => backlog.claimed());
    step(() => backlog.finished(false));
    expect(sizes).toEqual([0, 1, 1, 1, 0]);
  });

  it('forgets an admitted code that was not stored', () => {
    backlog.reserved();
    backlog.reserved();
    backlog.released();
    expect(backlog.size()).toBe(1);
  });

  it('does not count what a newer code has replaced', () => {
    backlog.reserved();
    backlog.committed(1, 0);
    backlog.reserved();
    backlog.committed(1, 1);
    expect(backlog.size()).toBe(1);
  });

  it('keeps counting a job that goes back to the queue', () => {
    backlog.reserved();
    backlog.committed(1, 0);
    backlog.claimed();
    backlog.finished(true);
    expect(backlog.size()).toBe(1);
  });

  it('takes the count of the store for what waits, without losing what is under way', () => {
    for (let n = 0; n < 3; n++) backlog.reserved();
    backlog.committed(2, 0);
    backlog.claimed();
    backlog.recounted(7, 2);
    expect([backlog.size(), backlog.held()]).toEqual([1 + 1 + 7, 2]);
  });

  it('is not driven below nothing by a job that it never saw come in', () => {
    backlog.claimed();
    backlog.finished(false);
    expect(backlog.size()).toBe(0);
  });
});
