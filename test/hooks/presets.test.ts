import { describe, expect, it } from 'vitest';
import { type Refusal, USUAL_STATUS } from '../../src/hooks/preset.js';
import { PRESETS, presetNamed } from '../../src/hooks/presets/index.js';

const REASONS = Object.keys(USUAL_STATUS) as Refusal['reason'][];
const WITHOUT_CODES = ['null', '[]', '"text"', '7', '{}', '{"to":{},"sms":null,"code":[]}'];

it('every preset has a name of its own', () => {
  const names = PRESETS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^[a-z]+$/.test(name))).toEqual([]);
  expect(presetNamed('nobody')).toBeNull();
});

describe.each(PRESETS)('the preset $name', (preset) => {
  it('has an answer for every outcome, and says why where it refuses', () => {
    const accepted = preset.answer({ kind: 'accepted' });
    expect(accepted.status).toBeGreaterThanOrEqual(200);
    expect(accepted.status).toBeLessThan(300);
    for (const reason of REASONS) {
      const refusal = { kind: 'refused', reason, code: 'rate_limited', message: 'Why.' } as const;
      const { status, body } = preset.answer({ ...refusal, retryAfterSeconds: 7 });
      expect(status).toBeGreaterThanOrEqual(200);
      expect(status).toBeLessThan(600);
      expect([reason, body]).not.toEqual([reason, accepted.body]);
    }
  });

  it('makes secrets that only fit themselves, and takes them from a file', () => {
    const { authentication } = preset;
    const secret = authentication.newSecret();
    expect(authentication.newSecret()).not.toBe(secret);
    expect(authentication.readSecret(`${secret}\n`)).toBe(secret);
    expect(authentication.readSecret('')).toBeNull();
    expect(authentication.isSigned({ headers: {}, raw: Buffer.from('{}') }, secret, 0)).toBe(false);
  });

  it('says what to paste where', () => {
    const made = { url: 'https://otp.example.com/hooks/1', secret: 'the-secret', authorization: 'Bearer it' };
    const text = preset.setup(made).join('\n');
    expect(text).toContain(made.url);
    if (preset.secretMadeBy === 'us') expect(text).toMatch(/the-secret|Bearer it/);
  });

  it('refuses whatever holds no code, and never throws', () => {
    for (const text of WITHOUT_CODES) {
      const request = {
        raw: Buffer.from(text),
        body: JSON.parse(text),
        pointers: { to: '/to', code: '/code' },
      };
      expect(preset.read(request)).toMatchObject({ kind: 'refused', message: expect.any(String) });
    }
  });
});
