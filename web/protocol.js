/**
 * The wire protocol's client side as values: what is sent, and how binary frames are read (docs/protocol.md).
 * Sockets live in link.js.
 */

export const VERSION = 1;
export const AUDIO_HZ = 16000;
export const DEFAULT_PHRASE = "hey jarvis";

const HEADER_BYTES = 8;

/**
 * The first message of a socket.
 * @param {{token: string, session: ?string, playbackHz: ?number, settings: Settings}} how
 *   `playbackHz` null asks for text only, as does `settings.speech` false.
 */
export function hello({ token, session, playbackHz, settings }) {
  const message = {
    type: "hello",
    version: VERSION,
    token,
    audio: { encoding: "pcm_s16le", rate_hz: AUDIO_HZ },
    wake: settings.wake ? settings.phrase : "off",
    language: "en",
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    speech: settings.speech && playbackHz !== null,
  };
  if (session) message.session = session;
  if (playbackHz !== null) message.playback = { rate_hz: playbackHz };
  return message;
}

/**
 * A binary frame: which clause, from which sample on, and its 16-bit samples' bytes.
 * @param {ArrayBuffer} frame
 * @returns {{clause: number, offset: number, pcm: ArrayBuffer}}
 */
export function readAudio(frame) {
  if (frame.byteLength < HEADER_BYTES || frame.byteLength % 2) throw new RangeError("not an audio frame");
  const view = new DataView(frame);
  return { clause: view.getUint32(0, true), offset: view.getUint32(4, true), pcm: frame.slice(HEADER_BYTES) };
}

/** A wake phrase as the server takes it: one to five words, lower case; null if it is none. */
export function wakePhrase(text) {
  const words = text.toLowerCase().match(/[a-z']+/g) ?? [];
  return words.length >= 1 && words.length <= 5 ? words.join(" ") : null;
}
