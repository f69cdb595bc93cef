import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const GUIDES = join(import.meta.dirname, '../../docs/guides');

/** What a page has between ``` and ```, in its order. @param language as after the first ```. */
export function blocksIn(page: string, language: string): string[] {
  const blocks = page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm);
  return [...blocks].flatMap(([, name, text = '']) => (name === language ? [text] : []));
}

export function readGuide(name: string): string {
  return readFileSync(join(GUIDES, `${name}.md`), 'utf8');
}
