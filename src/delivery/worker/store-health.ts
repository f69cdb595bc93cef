/** Whether the last attempt to store something succeeded. */
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
