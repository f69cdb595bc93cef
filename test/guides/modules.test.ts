import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_KEY } from '../http/harness.js';
import { type Frameworks, imported, NOWHERE, openFrameworks, PHONE } from './frameworks.js';

let opened: Frameworks;
beforeAll(async () => {
  opened = await openFrameworks();
});
afterAll(() => opened.close());

describe('Better Auth', () => {
  it('starts a verification and checks its code', async () => {
    const { sendOTP, verifyOTP } = await imported('better-auth');
    await sendOTP?.({ phoneNumber: PHONE, code: '000000' });
    const code = /\d{6}/.exec(await opened.world.messageTo(PHONE))?.[0] ?? '';
    const wrong = code === '111111' ? '222222' : '111111';
    expect(await verifyOTP?.({ phoneNumber: PHONE, code: wrong })).toBe(false);
    expect(await verifyOTP?.({ phoneNumber: PHONE, code })).toBe(true);
    expect(await verifyOTP?.({ phoneNumber: PHONE, code })).toBe(false);
  });

  it('tells why no code was sent', async () => {
    const { sendOTP } = await imported('better-auth');
    await expect(sendOTP?.({ phoneNumber: '12' })).rejects.toMatchObject({
      status: 400,
      code: 'fields_invalid',
    });
    await opened.whileAway(async () => {
      const { sendOTP: send } = await imported('better-auth');
      await expect(send?.({ phoneNumber: PHONE })).rejects.toThrow('cannot be reached');
    });
  });
});

describe('Auth0', () => {
  async function run(notification: Record<string, string>, url = opened.gateway.url) {
    const told: string[] = [];
    const { onExecuteCustomPhoneProvider } = await imported('auth0', 'cjs');
    const api = {
      notification: {
        retry: (reason: string) => told.push(`retry: ${reason}`),
        drop: (reason: string) => told.push(`drop: ${reason}`),
      },
    };
    await onExecuteCustomPhoneProvider?.(
      { notification, secrets: { OTP_URL: url, OTP_API_KEY: API_KEY } },
      api,
    );
    return told;
  }
  const NOTIFICATION = { recipient: PHONE, code: '482910', locale: 'ar', message_type: 'otp_verify' };

  it('hands a code over, under one key however often', async () => {
    expect(await run(NOTIFICATION)).toEqual([]);
    expect(await run(NOTIFICATION)).toEqual([]);
    const [first, second] = opened.asked();
    expect(first).toMatchObject({
      recipient: PHONE,
      wish: { otp: '482910', ttlMs: 300_000, locale: 'ar' },
      idempotencyKey: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(second?.idempotencyKey).toBe(first?.idempotencyKey);
  });

  it('asks for another attempt where that can help, and drops the rest', async () => {
    expect(await run({ recipient: PHONE, message_type: 'blocked_account' })).toEqual([
      expect.stringMatching(/^drop: /),
    ]);
    expect(await run({ ...NOTIFICATION, recipient: '12' })).toEqual([
      'drop: The code server answered 400 phone_number_invalid',
    ]);
    expect(await run(NOTIFICATION, NOWHERE)).toEqual(['retry: The code server cannot be reached.']);
    await opened.whileRefused(async () => {
      expect(await run(NOTIFICATION)).toEqual(['retry: The code server answered 503 sender_restricted']);
    });
    opened.asked();
  });
});

describe('SuperTokens', () => {
  const INPUT = { phoneNumber: PHONE, userInputCode: '739201', codeLifetime: 900_000 };

  it('hands a code over, under one key however often', async () => {
    const { sendSms } = await imported('supertokens');
    await sendSms?.(INPUT);
    await sendSms?.(INPUT);
    const [first, second] = opened.asked();
    expect(first).toMatchObject({ recipient: PHONE, wish: { otp: '739201', ttlMs: 900_000 } });
    expect(first?.idempotencyKey).toMatch(/^[0-9a-f]{64}$/);
    expect(second?.idempotencyKey).toBe(first?.idempotencyKey);
  });

  it('throws why no code was sent', async () => {
    const { sendSms } = await imported('supertokens');
    await expect(sendSms?.({ ...INPUT, userInputCode: undefined })).rejects.toThrow('Only codes');
    await opened.whileRefused(async () => {
      await expect(sendSms?.(INPUT)).rejects.toMatchObject({
        status: 503,
        code: 'sender_restricted',
        retryAfterSeconds: 60,
      });
    });
    await opened.whileAway(async () => {
      const { sendSms: send } = await imported('supertokens');
      await expect(send?.(INPUT)).rejects.toThrow('cannot be reached');
    });
    opened.asked();
  });
});
