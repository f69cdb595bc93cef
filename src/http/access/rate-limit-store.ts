import { type ClientRateLimitInfo, MemoryStore } from 'express-rate-limit';
import { leftOf } from '../../deadline.js';

/** The library's store; a window that ends too far ahead began before the clock was set back, and counts as over. */
export class RateLimitStore extends MemoryStore {
  override async increment(key: string): Promise<ClientRateLimitInfo> {
    const ends = (await this.get(key))?.resetTime?.getTime() ?? 0;
    if (ends > Date.now() && leftOf(ends, this.windowMs, Date.now()) === 0) await this.resetKey(key);
    return super.increment(key);
  }
}
