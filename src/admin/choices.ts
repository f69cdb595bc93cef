/** What a select offers. */
export interface Choice {
  value: string;
  label: string;
  isChosen: boolean;
}

const PAGE_SIZES = ['25', '50', '100'];

export function choices(offered: { value: string; label: string }[], chosen: string): Choice[] {
  return offered.map((each) => ({ ...each, isChosen: each.value === chosen }));
}

/** How many rows a page may have; another number can be asked for in the address only. */
export function pageSizes(chosen: number): Choice[] {
  return choices(
    PAGE_SIZES.map((size) => ({ value: size, label: size })),
    String(chosen),
  );
}
