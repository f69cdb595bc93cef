import { expect, it } from 'vitest';
import { wordsFor } from '../../src/admin/state-words.js';
import { closed, createStory } from '../channels/story.js';

const PHONE = '+201000000001';
const UNPAIRED = { type: 'connecting', isPaired: false, phone: null } as const;

it('a number that was never paired and is being tried again has not stopped trying', () => {
  const story = createStory();
  story.happens(UNPAIRED);
  story.happens({ type: 'not_opened', reason: 'x' });
  expect(story.status()).toMatchObject({ state: 'DISCONNECTED', need: 'pairing' });
  const words = wordsFor({ ...story.status(), isPaused: false });
  expect(words.advice).toContain('reconnects by itself');
  expect(words.tone).toBe('warning');
});

it('one that no attempt is planned for has stopped trying, and says what to press', () => {
  const story = createStory();
  story.happens({ type: 'opened', phone: PHONE });
  story.happens(closed(405));
  const words = wordsFor({ ...story.status(), isPaused: false });
  expect(words).toMatchObject({
    tone: 'bad',
    advice: 'The gateway has stopped trying. Press Reload Session.',
  });
});
