/**
 * How long a turn took, as the page can tell: from the last voiced sample of the microphone to the first
 * audible one of the reply, both on the audio context's clock. The server's own figures come in `metrics`.
 */

const LOUD = 0.006; // -44 dBFS: below it is never voice
const ABOVE_FLOOR = 3; // times the room's noise
const FLOOR_RISE = 1.005; // a frame: the floor doubles in 3 s of noise, and falls at once

/** When someone last spoke: an energy gate above the room's noise. */
export class VoiceClock {
  lastVoiced = null;
  #floor = LOUD;

  /** @param {{rms: number, at: number}} frame */
  hear({ rms, at }) {
    this.#floor = Math.max(1e-5, Math.min(rms, this.#floor * FLOOR_RISE));
    if (rms > Math.max(LOUD, ABOVE_FLOOR * this.#floor)) this.lastVoiced = at;
  }
}

/** Remembers when a turn's question ended, and says when its answer was first heard. */
export class TurnClock {
  #began = new Map();

  /** @param {number} turn @param {?number} at seconds on the context's clock */
  asked(turn, at) {
    if (at !== null) this.#began.set(turn, at);
  }

  /** Milliseconds from question to answer the first time it is asked for a turn; null after, or if unknown. */
  heard(turn, at) {
    const began = this.#began.get(turn);
    this.#began.delete(turn);
    return began === undefined ? null : Math.round((at - began) * 1000);
  }
}

const ROWS = [
  ["final_ms", "Your words were clear"],
  ["intent_ms", "Understood"],
  ["first_reply_ms", "First words of the reply"],
  ["first_audio_ms", "First sound sent"],
  ["ear_ms", "First sound here"],
];

/**
 * What the drawer shows: one row a milestone, in the order of time.
 * @param {object} metrics the server's `metrics` message, with the page's `ear_ms`
 * @returns {{name: string, label: string, ms: number, share: number}[]} `share` of the longest, 0 to 1
 */
export function milestones(metrics) {
  const known = ROWS.filter(([name]) => Number.isFinite(metrics[name]));
  const longest = Math.max(1, ...known.map(([name]) => metrics[name]));
  return known.map(([name, label]) => ({
    name,
    label,
    ms: Math.round(metrics[name]),
    share: Math.max(0, metrics[name]) / longest,
  }));
}
