import type { Config } from '../../config/config.js';
import { type Callers, createCallers } from '../callers/index.js';

type Deps = Omit<Parameters<typeof createCallers>[0], 'environmentKeys' | 'environment'>;

/** Who may ask: the keys of the configuration, and those of the table. */
export function callersOf({ config, ...deps }: Deps & { config: Config }): Callers {
  const environmentKeys = [config.apiKey, config.previousApiKey].filter((key) => key !== null);
  return createCallers({ ...deps, environmentKeys, environment: config.environmentCaller });
}
