/** A setting that changes how the server behaves, for a number of times or until it is cleared. */
export interface Rule<T> {
  set(setting: T, times?: number): void;
  clear(): void;
  /** The setting if it is on and `applies` agrees; uses up one of its times. */
  take(applies?: (setting: T) => boolean): T | undefined;
  /** For a display: the setting and how often it still applies, or null when it is off. */
  describe(): { setting: T; times: number } | null;
}

export function createRule<T>(): Rule<T> {
  let rule: { setting: T; times: number } | null = null;
  return {
    set(setting, times = Number.POSITIVE_INFINITY) {
      rule = times > 0 ? { setting, times } : null;
    },
    clear() {
      rule = null;
    },
    take(applies = () => true) {
      if (!rule || !applies(rule.setting)) return undefined;
      const { setting } = rule;
      rule.times -= 1;
      if (rule.times <= 0) rule = null;
      return setting;
    },
    describe: () => rule && { ...rule },
  };
}
