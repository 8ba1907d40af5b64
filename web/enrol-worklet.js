/** The recorder's end in the audio thread: mono, of the device's own rate, in blocks of about 43 ms. */
const BLOCK = 2048;

class Recording extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(BLOCK);
    this.filled = 0;
  }

  process([[channel]]) {
    for (const sample of channel ?? []) {
      this.block[this.filled++] = sample;
      if (this.filled === BLOCK) this.#send();
    }
    return true;
  }

  #send() {
    let energy = 0;
    let peak = 0;
    for (const sample of this.block) {
      energy += sample * sample;
      peak = Math.max(peak, Math.abs(sample));
    }
    const sound = this.block;
    this.block = new Float32Array(BLOCK);
    this.filled = 0;
    this.port.postMessage({ sound, rms: Math.sqrt(energy / BLOCK), peak }, [sound.buffer]);
  }
}

registerProcessor("recording", Recording);
