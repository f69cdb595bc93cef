import { beforeEach, describe, expect, it } from 'vitest';
import { createGroupCommit, type GroupCommitLimits } from '../../src/delivery/queue/group-commit.js';

const PATIENT: GroupCommitLimits = { maxItems: 256, maxWaitMs: 1_000 };
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('the group commit', () => {
  let batches: number[][];
  beforeEach(() => {
    batches = [];
  });

  /** Squares numbers; a batch that holds 13 fails. */
  function build(limits = PATIENT, under: () => Promise<void> = async () => {}) {
    return createGroupCommit<number, number>(async (items) => {
      batches.push(items);
      await under();
      if (items.includes(13)) throw new Error('the disk is full');
      return items.map((item) => item * item);
    }, limits);
  }

  it('stores what arrives together in one commit, and gives each caller its own result', async () => {
    const group = build();
    expect(await Promise.all([3, 1, 2].map(group.add))).toEqual([9, 1, 4]);
    expect(batches).toEqual([[3, 1, 2]]);
  });

  it('waits for what arrives one by one in the next turns of the event loop', async () => {
    const group = build();
    const results: Promise<number>[] = [];
    for (let item = 1; item <= 6; item++) {
      results.push(group.add(item));
      await nextTurn();
    }
    expect(await Promise.all(results)).toEqual([1, 4, 9, 16, 25, 36]);
    expect(batches).toHaveLength(1);
  });

  it('does not hold a request back for others that never come', async () => {
    const group = build({ maxItems: 256, maxWaitMs: 3_600_000 });
    expect(await group.add(5)).toBe(25);
  });

  it.each([
    { maxItems: Number.MAX_SAFE_INTEGER, maxWaitMs: 5 },
    { maxItems: 8, maxWaitMs: 3_600_000 },
  ])('is not kept from committing by requests that never stop coming, with %o', async (limits) => {
    const group = build(limits);
    while (batches.length === 0) {
      void group.add(1);
      await nextTurn();
    }
    await group.idle();
  });

  it('runs one commit at a time; what arrives meanwhile shares the next', async () => {
    let finish = () => {};
    const group = build(PATIENT, () => new Promise((resolve) => (finish = resolve)));
    const first = group.add(1);
    while (batches.length === 0) await nextTurn();
    const later = [group.add(2), group.add(3)];
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    expect(batches).toEqual([[1]]);
    finish();
    expect(await first).toBe(1);
    while (batches.length === 1) await nextTurn();
    finish();
    expect(await Promise.all(later)).toEqual([4, 9]);
    expect(batches).toEqual([[1], [2, 3]]);
  });

  it('splits what is more than a commit may hold, in the order of arrival', async () => {
    const group = build({ ...PATIENT, maxItems: 2 });
    expect(await Promise.all([1, 2, 3, 4, 5].map(group.add))).toEqual([1, 4, 9, 16, 25]);
    expect(batches).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('fails all of a batch that could not be stored, and nothing else', async () => {
    const group = build({ ...PATIENT, maxItems: 2 });
    const results = await Promise.allSettled([12, 13, 14, 15].map(group.add));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled']);
    expect(results[0]).toMatchObject({ reason: new Error('the disk is full') });
    expect(await group.add(4)).toBe(16);
  });

  it('is idle when nothing waits or is under way', async () => {
    const group = build({ ...PATIENT, maxItems: 1 });
    await group.idle();
    const settled: number[] = [];
    for (const item of [1, 13, 3]) {
      const note = () => settled.push(item);
      void group.add(item).then(note, note);
    }
    await group.idle();
    expect(settled).toEqual([1, 13, 3]);
  });
});
