import type { Preset } from '../preset.js';
import { generic } from './generic.js';
import { supabase } from './supabase.js';

/** All that there are, in the order in which they are shown. */
export const PRESETS: readonly Preset[] = [supabase, generic];

export function presetNamed(name: string): Preset | null {
  return PRESETS.find((preset) => preset.name === name) ?? null;
}
