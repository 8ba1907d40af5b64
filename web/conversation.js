/**
 * What was said, as the page shows it: turns made from the server's messages and from playback marks.
 *
 * Pure: it neither draws nor listens. Each method returns the turns that changed, so that a view need not
 * guess. Turns of sessions before stay, closed.
 */

/**
 * @typedef {object} Clause
 * @property {number} id
 * @property {string} text
 * @property {"waiting"|"playing"|"heard"|"silent"} state silent: it has no audio, its text is all there is
 * @property {number} playedMs
 * @property {?number} ms its whole length, once known
 * @property {{word: string, start_ms: number, end_ms: number}[]} words when each is heard, once known
 * @property {boolean} stopped whether its playback was cut off
 *
 * @typedef {object} Turn
 * @property {string} key unique in the page
 * @property {?number} id the server's number; null until the server has said it
 * @property {?{text: string, settled: boolean, source: "speech"|"text"}} asked
 * @property {Clause[]} clauses
 * @property {?{heard: string, unheard: string}} cut
 * @property {boolean} whole
 * @property {boolean} rateable its session goes on, so that it can be judged
 * @property {?"up"|"down"} rating what somebody thought of the answer
 */

const GUESS_MS = 62; // a spoken letter, until a clause's length is known

/**
 * How much of a clause's text was played, 0 to 1: as its words are heard, where that is known.
 * @param {Clause} clause
 */
export function playedShare({ text, playedMs, ms, words }) {
  if (!words.length) {
    const whole = ms ?? Math.max(text.length * GUESS_MS, playedMs + 400);
    return whole ? Math.min(1, playedMs / whole) : 1;
  }
  const last = words.at(-1);
  if (playedMs >= last.end_ms) return 1;
  let at = 0; // where the word begins in the text
  for (const { word, start_ms, end_ms } of words) {
    const start = text.indexOf(word, at);
    if (start < 0) return Math.min(1, playedMs / last.end_ms); // not the text that was spoken
    if (playedMs < end_ms) {
      const within = Math.max(0, playedMs - start_ms) / Math.max(1, end_ms - start_ms);
      return (start + within * word.length) / text.length;
    }
    at = start + word.length;
  }
  return 1;
}

export class Conversation {
  /** @type {Turn[]} */
  turns = [];
  #epoch = 0;
  #serial = 0;

  /** A new session: its turns count from 1 again. What never got an answer is let go. */
  begin() {
    this.#epoch++;
    return [...this.#clearPartials(), ...this.over()];
  }

  /** The session is over: its answers can't be judged any more. */
  over() {
    const changed = this.turns.filter(({ rateable }) => rateable);
    for (const turn of changed) turn.rateable = false;
    return changed;
  }

  /** What somebody thinks of an answer; null takes it back from the page. */
  rated(id, rating) {
    const turn = this.turns.find((turn) => turn.id === id && turn.epoch === this.#epoch);
    if (!turn) return [];
    turn.rating = rating;
    return [turn];
  }

  /** The person typed; the server will say the turn's number. */
  typed(text) {
    const turn = this.#add(null);
    turn.asked = { text, settled: false, source: "text" };
    return [turn];
  }

  partial({ turn: id, text }) {
    const turn = this.#turn(id);
    if (turn.asked?.settled) return [];
    turn.asked = { text, settled: false, source: "speech" };
    return [turn];
  }

  final({ turn: id, text, source }) {
    const waiting = source === "text" ? this.#unnumbered() : null;
    if (waiting) Object.assign(waiting, { id, epoch: this.#epoch }); // it may be older than the session
    const turn = waiting ?? this.#turn(id);
    turn.asked = text ? { text, settled: true, source } : null;
    if (!text && !turn.clauses.length) this.#remove(turn);
    return [turn];
  }

  reply({ turn: id, clause, text }) {
    const turn = this.#turn(id);
    if (turn.clauses.some(({ id: known }) => known === clause)) return []; // sent again after a reconnection
    turn.clauses.push({ id: clause, text, state: "waiting", playedMs: 0, ms: null, words: [], stopped: false });
    return [turn];
  }

  words({ clause, words }) {
    const [turn, entry] = this.#clause(clause);
    if (!entry) return [];
    entry.words = words;
    return [turn];
  }

  clauseEnd({ clause, ms }) {
    const [turn, entry] = this.#clause(clause);
    if (!entry) return [];
    entry.ms = ms;
    if (ms === 0) entry.state = "silent";
    return [turn];
  }

  replyEnd({ turn: id }) {
    const turn = this.#turn(id);
    turn.whole = turn.rateable = true;
    return [turn];
  }

  cut({ turn: id, heard, unheard }) {
    const turn = this.#turn(id);
    turn.cut = { heard, unheard };
    turn.whole = turn.rateable = true;
    return [turn];
  }

  /** A playback mark: what the loudspeaker has really played. */
  mark({ clause, ms, done }) {
    const [turn, entry] = this.#clause(clause);
    if (!entry || entry.state === "silent") return [];
    entry.playedMs = ms;
    entry.state = done || entry.stopped ? "heard" : "playing";
    return [turn];
  }

  /** Playback stopped: nothing is being said any more. What of it was not heard, `cut` tells. */
  stopped() {
    const changed = this.turns.filter((turn) => turn.clauses.some(({ state }) => state === "playing"));
    for (const clause of this.turns.flatMap((turn) => turn.clauses)) {
      clause.stopped = true; // a mark may still come, of where exactly it stopped
      if (clause.state === "playing") clause.state = "heard";
    }
    return changed;
  }

  /** The turn's reply will not be spoken: its text stands by itself. */
  voiceless() {
    const changed = this.turns.filter((turn) => turn.clauses.some(({ state }) => state === "waiting"));
    for (const turn of changed) {
      for (const clause of turn.clauses) if (clause.state === "waiting") clause.state = "silent";
    }
    return changed;
  }

  /** Nothing was ever said: for somebody new. */
  clear() {
    return this.turns.splice(0);
  }

  /** What began to be said turned out to be nothing: a cough. */
  forgetPartials() {
    return this.#clearPartials();
  }

  /** The turn that a clause belongs to, in this session. */
  turnOf(clause) {
    return this.#clause(clause)[0]?.id ?? null;
  }

  #clearPartials() {
    const loose = this.turns.filter(({ asked }) => asked?.source === "speech" && !asked.settled);
    for (const turn of loose) {
      turn.asked = null;
      if (!turn.clauses.length) this.#remove(turn);
    }
    return loose;
  }

  #unnumbered() {
    return this.turns.find(({ id, asked }) => id === null && asked?.source === "text") ?? null;
  }

  #turn(id) {
    return this.turns.find((turn) => turn.id === id && turn.epoch === this.#epoch) ?? this.#add(id);
  }

  #clause(id) {
    for (const turn of this.turns) {
      if (turn.epoch !== this.#epoch) continue;
      const entry = turn.clauses.find((clause) => clause.id === id);
      if (entry) return [turn, entry];
    }
    return [null, null];
  }

  #add(id) {
    const turn = {
      key: `turn-${++this.#serial}`,
      epoch: this.#epoch,
      id,
      asked: null,
      clauses: [],
      cut: null,
      whole: false,
      rateable: false,
      rating: null,
    };
    this.turns.push(turn);
    return turn;
  }

  #remove(turn) {
    this.turns = this.turns.filter((other) => other !== turn);
  }
}
