/** The microphone's end in the audio thread: mono, 16 kHz, 16-bit, in frames of 20 ms. */
import { Resampler, toInt16 } from "./resample.js";

const RATE_HZ = 16000;
const FRAME = RATE_HZ / 50;

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(Math.round(sampleRate), RATE_HZ);
    this.frame = new Float32Array(FRAME);
    this.filled = 0;
  }

  process([[channel]]) {
    if (channel) this.#take(this.resampler.process(channel));
    return true;
  }

  #take(samples) {
    for (const sample of samples) {
      this.frame[this.filled++] = sample;
      if (this.filled === FRAME) this.#send();
    }
  }

  #send() {
    this.filled = 0;
    let energy = 0;
    for (const sample of this.frame) energy += sample * sample;
    const pcm = toInt16(this.frame).buffer;
    this.port.postMessage({ pcm, rms: Math.sqrt(energy / FRAME), at: currentTime }, [pcm]);
  }
}

registerProcessor("capture", Capture);
