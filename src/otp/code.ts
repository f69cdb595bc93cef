import { randomInt } from 'node:crypto';
import { CODE_DOT } from '../delivery/message-shapes.js';

/** A uniformly random code of exactly `length` ASCII digits, leading zeros included. */
export function generateCode(length: number): string {
  return randomInt(0, 10 ** length)
    .toString()
    .padStart(length, '0');
}

/**
 * The message around a code. The configuration ensures that `{{code}}` is present, and `{{minutes}}` only if codes live
 * for at least one minute.
 */
export function composeMessage(template: string, code: string, ttlMs: number): string {
  const places = { code, minutes: wholeMinutes(ttlMs), seconds: Math.floor(ttlMs / 1_000) };
  return template.replace(/\{\{(code|minutes|seconds)\}\}/g, (_, place: keyof typeof places) =>
    String(places[place]),
  );
}

/** At least one: a code that is sent once more may have seconds left, and a text that counts in minutes. */
export function wholeMinutes(ttlMs: number): number {
  return Math.max(1, Math.floor(ttlMs / 60_000));
}

/**
 * The template with one more sentence at its end. A last line like `@example.com #{{code}}`, which browsers read, stays the
 * last (WICG, origin-bound one-time codes).
 */
export function withSentence(template: string, sentence: string): string {
  const [bound = ''] = /\n+@\S+ #\{\{code\}\}.*$/.exec(template.trimEnd()) ?? [];
  const words = template.trimEnd().slice(0, bound === '' ? undefined : -bound.length);
  return `${words}\n\n${sentence}${bound}`;
}

/** The same message without its code: what may be shown and searched when the code must not. */
export function composeShape(template: string, codeLength: number, ttlMs: number): string {
  return composeMessage(template, CODE_DOT.repeat(codeLength), ttlMs);
}
