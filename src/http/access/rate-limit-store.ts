import { type ClientRateLimitInfo, MemoryStore } from 'express-rate-limit';
import { leftOf } from '../../deadline.js';

/** The library's store; a window that ends too far ahead began before the clock was set back, and counts as over. */
export class RateLimitStore extends MemoryStore {
  /** The latest time of day that was seen. */
  #latest = 0;
  /** Until then there may be windows from before the clock was set back. */
  #suspectUntil = 0;

  override increment(key: string): Promise<ClientRateLimitInfo> {
    const now = Date.now();
    if (now < this.#latest) this.#suspectUntil = this.#latest + this.windowMs;
    this.#latest = now;
    return now < this.#suspectUntil ? this.#incrementAnew(key) : super.increment(key);
  }

  async #incrementAnew(key: string): Promise<ClientRateLimitInfo> {
    const ends = (await this.get(key))?.resetTime?.getTime() ?? 0;
    if (ends > Date.now() && leftOf(ends, this.windowMs, Date.now()) === 0) await this.resetKey(key);
    return super.increment(key);
  }
}
