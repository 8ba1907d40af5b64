/** Recorded sound as a file: mono, 16-bit PCM in a WAV. Pure. */
import { toInt16 } from "./resample.js";

const HEADER = 44;

/**
 * @param {Float32Array[]} blocks one after the other, -1 to 1
 * @param {number} rateHz samples a second
 * @returns {Blob}
 */
export function wavOf(blocks, rateHz) {
  const samples = blocks.reduce((sum, block) => sum + block.length, 0);
  const view = new DataView(new ArrayBuffer(HEADER));
  const word = (at, text) => [...text].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, HEADER - 8 + 2 * samples, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // mono
  view.setUint32(24, rateHz, true);
  view.setUint32(28, 2 * rateHz, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, 2 * samples, true);
  return new Blob([view.buffer, ...blocks.map(toInt16)], { type: "audio/wav" });
}

/** How a level is told while it is recorded: `quiet`, `good` or `loud`. @param {number} rms @param {number} peak */
export function levelOf(rms, peak) {
  if (peak > 0.97) return "loud";
  return rms < 0.012 ? "quiet" : "good"; // -38 dBFS, a little above where the server refuses
}
