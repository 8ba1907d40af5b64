/**
 * The loudspeaker: an audio context, the playback worklet, and marks of what was really heard.
 *
 * Events: `mark` (detail `{clause, ms, done}`), `sound` (detail `{clause, at}`: a clause's first audible
 * sample, on the context's clock, as it reaches the ear), `locked` (the browser allows sound or not: read
 * `locked`). Marks wait as long as the output device lags behind, so that they never promise too much.
 */
import { readAudio } from "./protocol.js";

const HIGHEST_HZ = 48000; // the protocol's limit
const KEPT_MARKS = 24;

export class Speaker extends EventTarget {
  context = null;
  #opening = null;
  #node = null;
  #meter = null;
  #samples = new Float32Array(1024);
  #newest = 0; // the last clause that was announced
  #marks = new Map();
  #era = 0; // sessions so far: what one has still to tell is nothing to the next

  /** Opens the device; call it in an answer to a key or a click. Without https there is none: `rateHz` stays null. */
  async open() {
    if (!globalThis.AudioWorkletNode) return;
    this.#opening ??= this.#start().catch((error) => {
      this.#opening = null; // the next press tries again
      throw error;
    });
    this.unlock();
    await this.#opening;
  }

  async #start() {
    let context = new AudioContext({ latencyHint: "interactive" });
    if (context.sampleRate > HIGHEST_HZ) {
      context.close();
      context = new AudioContext({ latencyHint: "interactive", sampleRate: HIGHEST_HZ });
    }
    this.context = context;
    context.onstatechange = () => this.dispatchEvent(new Event("locked"));
    await context.audioWorklet.addModule(new URL("playback-worklet.js", import.meta.url));
    this.#node = new AudioWorkletNode(context, "playback", { numberOfInputs: 0, outputChannelCount: [1] });
    this.#node.port.onmessage = ({ data }) => this.#later(data);
    this.#meter = new AnalyserNode(context, { fftSize: this.#samples.length });
    this.#node.connect(this.#meter).connect(context.destination);
  }

  /** Samples a second, or null where nothing can be played. */
  get rateHz() {
    return this.#node ? this.context.sampleRate : null;
  }

  /** Whether the browser keeps the sound back until someone touches the page. */
  get locked() {
    return this.context !== null && this.context.state !== "running";
  }

  /** How long a sample takes from here to the ear, in seconds, as far as the browser knows. */
  get lag() {
    return Math.min(0.5, this.context?.outputLatency || this.context?.baseLatency || 0);
  }

  /** Loudness of what is playing, 0 to 1. */
  get level() {
    if (!this.#meter) return 0;
    this.#meter.getFloatTimeDomainData(this.#samples);
    let energy = 0;
    for (const sample of this.#samples) energy += sample * sample;
    return Math.sqrt(energy / this.#samples.length);
  }

  /** The latest mark of each of the last clauses: for a server that may have missed them. */
  get marks() {
    return [...this.#marks.values()];
  }

  unlock() {
    this.context?.resume(); // never settles while the browser says no: don't wait for it
  }

  /** @param {ArrayBuffer} frame as the server sent it */
  play(frame) {
    const { clause, offset, pcm } = readAudio(frame);
    this.announce(clause);
    this.#node?.port.postMessage({ do: "push", clause, offset, pcm }, [pcm]);
  }

  /** A clause is known to come: `stop` will silence it too. */
  announce(clause) {
    this.#newest = Math.max(this.#newest, clause);
  }

  finish(clause) {
    this.#node?.port.postMessage({ do: "finish", clause });
  }

  hold() {
    this.#node?.port.postMessage({ do: "hold" });
  }

  resume() {
    this.#node?.port.postMessage({ do: "resume" });
  }

  stop() {
    this.#node?.port.postMessage({ do: "stop", upTo: this.#newest });
  }

  /** A new session: clauses count from 1 again. */
  reset() {
    this.#newest = 0;
    this.#era++;
    this.#marks.clear();
    this.#node?.port.postMessage({ do: "reset" });
  }

  #later(event) {
    const era = this.#era;
    setTimeout(() => era === this.#era && this.#tell(event), this.lag * 1000);
  }

  #tell({ clause, samples, done, sound, at }) {
    if (sound) this.dispatchEvent(new CustomEvent("sound", { detail: { clause, at: at + this.lag } }));
    else {
      const mark = { clause, ms: Math.round((samples / this.context.sampleRate) * 1000), done };
      this.#marks.set(clause, mark);
      this.#marks.delete(clause - KEPT_MARKS);
      this.dispatchEvent(new CustomEvent("mark", { detail: mark }));
    }
  }
}
