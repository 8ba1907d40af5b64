/**
 * Records a voice as it is: nothing filtered, levelled or cancelled, at the device's full rate. Sends `level` events with
 * `{rms, peak, seconds}` while it does, and `full` once it is as long as a recording may be.
 */
import { wavOf } from "./enrol-wav.js";
import { MicrophoneError, microphoneCode } from "./microphone.js";

const WANTED = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
const WANTED_HZ = 48_000;

export class Recorder extends EventTarget {
  #stream = null;
  #context = null;
  #node = null;
  #blocks = [];
  #samples = 0;
  #starting = false;

  get on() {
    return this.#stream !== null || this.#starting;
  }

  /**
   * @param {number} longestS
   * @throws {MicrophoneError}
   */
  async start(longestS) {
    if (!navigator.mediaDevices) throw new MicrophoneError("mic_insecure");
    this.#starting = true;
    this.#blocks = [];
    this.#samples = 0;
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: { ...WANTED, sampleRate: { ideal: WANTED_HZ } } });
    } catch (error) {
      throw new MicrophoneError(await microphoneCode(error));
    } finally {
      this.#starting = false;
    }
    const stream = this.#stream;
    try {
      this.#context = new AudioContext();
      await this.#context.audioWorklet.addModule(new URL("enrol-worklet.js", import.meta.url));
      await this.#context.resume();
    } catch (error) {
      this.#release();
      throw error;
    }
    if (this.#stream !== stream) return; // it was given up meanwhile
    this.#node = new AudioWorkletNode(this.#context, "recording", { channelCount: 1, channelCountMode: "explicit" });
    const { sampleRate } = this.#context;
    this.#node.port.onmessage = ({ data: { sound, rms, peak } }) => {
      this.#blocks.push(sound);
      this.#samples += sound.length;
      const seconds = this.#samples / sampleRate;
      this.dispatchEvent(new CustomEvent("level", { detail: { rms, peak, seconds } }));
      if (seconds >= longestS) this.dispatchEvent(new Event("full"));
    };
    // Its output is silence; some browsers run only what leads to the loudspeaker.
    this.#context.createMediaStreamSource(stream).connect(this.#node).connect(this.#context.destination);
    for (const track of stream.getTracks()) track.onended = () => this.dispatchEvent(new Event("full"));
  }

  /** Ends it, gives the device back, and gives the recording. @returns {?Blob} null where there is none */
  stop() {
    const rateHz = this.#context?.sampleRate;
    const blocks = this.#blocks;
    this.#release();
    return blocks.length ? wavOf(blocks, rateHz) : null;
  }

  #release() {
    if (this.#node) this.#node.port.onmessage = null;
    this.#node?.disconnect();
    for (const track of this.#stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.#context?.close();
    this.#stream = this.#context = this.#node = null;
    this.#blocks = [];
  }
}
