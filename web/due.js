/**
 * What is due while no conversation is open: one is opened in time, without the microphone, so that it is told.
 *
 * The server tells it; this only sees to it that somebody is there to be told. A page in the background may be woken as
 * seldom as once a minute, hence a minute early.
 */
import { people } from "./people.js";

const EARLY_MS = 65_000;
const LATEST_MS = 3_000;
const LOOK_AGAIN_MS = 3_600_000; // for what was set elsewhere; and timers can't be longer than 24 days

export class Due {
  #timer = null;

  /** @param {() => void} open opens a conversation without the microphone */
  constructor(open) {
    this.open = open;
  }

  /** No conversation is open from now on. */
  async watch() {
    this.leave();
    const [next] = (await people.timers()).timers;
    this.leave();
    const left = next ? Date.parse(next.due) - Date.now() : Infinity;
    const wait = left > EARLY_MS ? left - EARLY_MS : Math.max(0, left - LATEST_MS);
    this.#timer =
      wait > LOOK_AGAIN_MS ? setTimeout(() => this.watch().catch(() => {}), LOOK_AGAIN_MS) : setTimeout(this.open, wait);
  }

  /** One is open, or the person is another. */
  leave() {
    clearTimeout(this.#timer);
  }
}
