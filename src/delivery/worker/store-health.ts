/** Whether the database took what was last to be stored. */
export interface StoreHealth {
  failing(): boolean;
  note(taken: boolean): void;
}

export function createStoreHealth(): StoreHealth {
  let failing = false;
  return {
    failing: () => failing,
    note(taken) {
      failing = !taken;
    },
  };
}
