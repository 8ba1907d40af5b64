/**
 * What is to be played, clause by clause, and how far it has been played: the heart of the playback worklet.
 *
 * Pure: no ports, no clocks. Time is the number of samples that `render` was asked for. A clause's position
 * counts samples that really left here, which is what the `played` marks of the protocol promise.
 */

const FADE_S = 0.015; // hold, stop, resume
const START_S = 0.03; // kept ready before a clause begins
const REFILL_S = 0.08; // kept ready after it ran dry in mid-clause
const TAIL_S = 0.005; // the last sample dies away instead of ending in a click
const REPORT_S = 0.1;
const AUDIBLE = 0.004; // -48 dBFS: below it nobody hears a sound begin

export class Playlist {
  /** @param {number} rateHz */
  constructor(rateHz) {
    this.rateHz = rateHz;
    this.decay = Math.exp(-1 / (TAIL_S * rateHz));
    this.events = [];
    this.reset();
  }

  /** Forgets everything: a new session counts its clauses from 1 again. */
  reset() {
    this.clauses = new Map();
    this.doneUpTo = 0; // clauses up to here are over, played or dropped
    this.gain = 1;
    this.target = 1;
    this.dropUpTo = 0; // set by `stop`, until the fade is through
    this.held = false;
    this.starved = true;
    this.tail = 0;
    this.sinceReport = 0;
  }

  /**
   * Adds a stretch of a clause. Samples that are here already are skipped, so a clause may be sent again.
   * @param {number} clause
   * @param {number} offset of the first sample in the clause
   * @param {Int16Array} samples
   */
  push(clause, offset, samples) {
    const entry = this.#entry(clause);
    if (!entry) return;
    const known = Math.max(0, entry.end - offset);
    if (known >= samples.length) return;
    if (offset > entry.end) {
      // A gap can only mean that the server chose not to send a stretch: positions stay true to its count.
      entry.chunks.push({ from: entry.end, samples: new Int16Array(offset - entry.end) });
    }
    entry.chunks.push({ from: offset + known, samples: samples.subarray(known) });
    entry.end = offset + samples.length;
  }

  /** All audio of the clause has been pushed. */
  finish(clause) {
    const entry = this.#entry(clause);
    if (entry) entry.whole = true;
  }

  /** Falls silent within 15 ms and keeps what is queued. */
  hold() {
    this.held = true;
    this.target = 0;
  }

  /** Goes on where `hold` left off. */
  resume() {
    this.held = false;
    if (!this.dropUpTo) this.target = 1;
  }

  /**
   * Falls silent within 15 ms and drops what is queued.
   * @param {number} upTo the last clause that may not be heard any more, even if its audio is still to come
   */
  stop(upTo) {
    this.dropUpTo = Math.max(upTo, this.doneUpTo, ...this.clauses.keys());
    this.held = false;
    this.target = 0;
    if (this.starved || this.gain === 0) this.#drop();
  }

  /**
   * Fills a block of output; silence where nothing is to be played.
   * @param {Float32Array} out
   */
  render(out) {
    const step = 1 / (FADE_S * this.rateHz);
    let entry = this.#current();
    for (let i = 0; i < out.length; i++) {
      if (this.gain !== this.target) this.#fade(step);
      if (this.gain === 0 && this.target === 0) {
        if (!this.dropUpTo) {
          out.fill(0, i);
          return;
        }
        this.#drop();
        entry = this.#current();
      }
      while (entry && entry.whole && entry.position >= entry.end) {
        this.#over(entry);
        entry = this.#current();
      }
      if (!entry || (this.starved && !this.#ready(entry)) || entry.position >= entry.end) {
        this.#starve(entry);
        this.tail *= this.decay;
        out[i] = this.tail;
        continue;
      }
      out[i] = this.tail = this.#next(entry) * this.gain;
    }
    while (entry && entry.whole && entry.position >= entry.end && this.target === 1) {
      this.#over(entry);
      entry = this.#current();
    }
    this.#report(out.length, entry);
  }

  /** Takes what happened since the last call: `{clause, samples, done}`, and `{clause, sound: true}` once each. */
  takeEvents() {
    return this.events.splice(0);
  }

  #entry(clause) {
    if (clause <= this.doneUpTo || clause <= this.dropUpTo) return null;
    if (!this.clauses.has(clause)) {
      this.clauses.set(clause, { clause, chunks: [], end: 0, position: 0, whole: false, sound: false });
    }
    return this.clauses.get(clause);
  }

  #current() {
    let first = null;
    for (const entry of this.clauses.values()) if (!first || entry.clause < first.clause) first = entry;
    return first;
  }

  #ready(entry) {
    const need = (entry.position ? REFILL_S : START_S) * this.rateHz;
    if (!entry.whole && entry.end - entry.position < need) return false;
    this.starved = false;
    if (entry.position) this.gain = 0; // in mid-clause: fade in, don't click
    return true;
  }

  #next(entry) {
    let chunk = entry.chunks[0];
    while (entry.position >= chunk.from + chunk.samples.length) {
      entry.chunks.shift();
      chunk = entry.chunks[0];
    }
    const sample = chunk.samples[entry.position - chunk.from] / 32768;
    entry.position++;
    if (!entry.sound && Math.abs(sample) > AUDIBLE) {
      entry.sound = true;
      this.events.push({ clause: entry.clause, sound: true });
    }
    return sample;
  }

  #fade(step) {
    const left = this.target - this.gain;
    this.gain = Math.abs(left) < step * 1.01 ? this.target : this.gain + Math.sign(left) * step;
    if (this.gain === 0) this.#tell(this.#current()); // a hold's or stop's exact place
  }

  #starve(entry) {
    if (this.starved) return;
    this.starved = true;
    this.#tell(entry);
  }

  #drop() {
    for (const clause of [...this.clauses.keys()]) {
      if (clause <= this.dropUpTo) this.clauses.delete(clause);
    }
    this.doneUpTo = Math.max(this.doneUpTo, this.dropUpTo);
    this.dropUpTo = 0;
    this.gain = this.target = 1;
    this.tail = 0;
    this.starved = true;
  }

  #over(entry) {
    this.clauses.delete(entry.clause);
    this.doneUpTo = Math.max(this.doneUpTo, entry.clause);
    this.starved = this.clauses.size === 0 || this.starved;
    this.sinceReport = 0;
    this.events.push({ clause: entry.clause, samples: entry.end, done: true });
  }

  #report(samples, entry) {
    if (!entry || !entry.position || this.starved || this.gain === 0) return;
    this.sinceReport += samples;
    if (this.sinceReport >= REPORT_S * this.rateHz) this.#tell(entry);
  }

  #tell(entry) {
    if (!entry || !entry.position) return;
    this.sinceReport = 0;
    this.events.push({ clause: entry.clause, samples: entry.position, done: false });
  }
}
