/** Plays a stretch of sound once. */

/**
 * @param {{pcm: string, rate_hz: number}} sound 16-bit mono PCM in base64
 * @param {AbortSignal} signal ends it early
 */
export async function playOnce({ pcm, rate_hz: rateHz }, signal) {
  if (signal.aborted || !pcm) return;
  const bytes = Uint8Array.from(atob(pcm), (sign) => sign.charCodeAt(0));
  const samples = new DataView(bytes.buffer);
  const context = new AudioContext();
  try {
    const buffer = context.createBuffer(1, samples.byteLength >> 1, rateHz);
    buffer.getChannelData(0).forEach((_, at, out) => (out[at] = samples.getInt16(2 * at, true) / 32768));
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(context.destination);
    await new Promise((resolve) => {
      source.onended = resolve;
      signal.addEventListener("abort", () => (source.stop(), resolve()));
      source.start();
    });
  } finally {
    await context.close();
  }
}
