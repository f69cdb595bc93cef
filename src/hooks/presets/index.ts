import type { Preset } from '../preset.js';
import { authentik } from './authentik.js';
import { authgear } from './authgear.js';
import { fusionauth } from './fusionauth.js';
import { generic } from './generic.js';
import { kratos } from './kratos.js';
import { logto } from './logto.js';
import { supabase } from './supabase.js';
import { zitadel } from './zitadel.js';

/** All that there are, in the order in which they are shown. */
export const PRESETS: readonly Preset[] = [
  supabase,
  kratos,
  authgear,
  logto,
  zitadel,
  authentik,
  fusionauth,
  generic,
];

export function presetNamed(name: string): Preset | null {
  return PRESETS.find((preset) => preset.name === name) ?? null;
}
