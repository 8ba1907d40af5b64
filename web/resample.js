/**
 * Sample-rate conversion of the microphone's audio: a polyphase windowed-sinc filter.
 *
 * Pure, so that it runs in the capture worklet and in tests alike. The passband is flat to 90 % of the lower
 * rate's Nyquist frequency; from there to Nyquist the Kaiser window (beta 7) takes it down by 70 dB, so that
 * nothing folds back into speech. The delay is half a filter: 2.8 ms from 44.1 or 48 kHz to 16 kHz.
 */

const BETA = 7;
const ATTENUATION_DB = 70;
const ROLLOFF = 0.1; // transition band, as a share of the lower Nyquist frequency

/** Modified Bessel function of the first kind, order 0: its power series to double precision. */
function bessel0(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function gcd(a, b) {
  return b === 0 ? a : gcd(b, a % b);
}

export class Resampler {
  /**
   * @param {number} fromHz rate of what goes in, a whole number
   * @param {number} toHz rate of what comes out, a whole number
   */
  constructor(fromHz, toHz) {
    const shared = gcd(fromHz, toHz);
    this.up = toHz / shared;
    this.down = fromHz / shared;
    const nyquist = Math.min(fromHz, toHz) / 2;
    const cutoff = (nyquist * (1 - ROLLOFF / 2)) / fromHz; // in cycles an input sample
    const transition = (nyquist * ROLLOFF) / fromHz;
    // Kaiser's estimate of a filter's length from its attenuation and transition width.
    this.half = Math.ceil((ATTENUATION_DB - 8) / (2.285 * 2 * Math.PI * transition) / 2);
    this.phases = Array.from({ length: this.up }, (_, phase) => this.#taps(phase / this.up, cutoff));
    this.buffer = new Float32Array(2 * this.half + 8192);
    this.filled = this.half - 1; // silence before the first sample
    this.position = this.half - 1; // of the next output, in whole input samples …
    this.phase = 0; // … and in fractions of `up`
  }

  #taps(fraction, cutoff) {
    const taps = new Float32Array(2 * this.half);
    let sum = 0;
    for (let i = 0; i < taps.length; i++) {
      const t = i - this.half + 1 - fraction;
      const x = 2 * Math.PI * cutoff * t;
      const window = bessel0(BETA * Math.sqrt(Math.max(0, 1 - (t / this.half) ** 2)));
      taps[i] = (x === 0 ? 1 : Math.sin(x) / x) * window;
      sum += taps[i];
    }
    return taps.map((tap) => tap / sum);
  }

  /**
   * Takes in a block and returns what can be said of it so far.
   * @param {Float32Array} block any length up to 8,192 samples
   * @returns {Float32Array}
   */
  process(block) {
    if (this.up === this.down) return block;
    this.buffer.set(block, this.filled);
    this.filled += block.length;
    const out = new Float32Array(Math.ceil(((block.length + 1) * this.up) / this.down) + 1);
    let made = 0;
    while (this.position + this.half < this.filled) {
      const taps = this.phases[this.phase];
      const first = this.position - this.half + 1;
      let sum = 0;
      for (let i = 0; i < taps.length; i++) sum += taps[i] * this.buffer[first + i];
      out[made++] = sum;
      this.phase += this.down;
      this.position += Math.floor(this.phase / this.up);
      this.phase %= this.up;
    }
    const spent = this.position - this.half + 1;
    this.buffer.copyWithin(0, spent, this.filled);
    this.filled -= spent;
    this.position -= spent;
    return out.subarray(0, made);
  }
}

/** Float samples, -1 to 1, as 16-bit integers; louder ones are clipped. */
export function toInt16(samples) {
  const out = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    out[i] = Math.max(-32768, Math.min(32767, Math.round(samples[i] * 32768)));
  }
  return out;
}
