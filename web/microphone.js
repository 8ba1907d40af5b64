/**
 * The microphone: permission, capture and its ends. Sends `frame` events, 50 a second, with
 * `{pcm, rms, at}`: 20 ms of 16 kHz 16-bit audio, its loudness (0 to 1), and when it was captured on the
 * context's clock. `lost` tells that the device went away by itself.
 */

const WANTED = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };

/** Why there is no microphone; `code` is one of wording.js's. */
export class MicrophoneError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** The code of what getUserMedia throws. */
export async function microphoneCode(error) {
  if (error.name === "NotFoundError" || error.name === "OverconstrainedError") return "mic_missing";
  if (error.name !== "NotAllowedError" && error.name !== "SecurityError") return "mic_busy";
  try {
    const permission = await navigator.permissions.query({ name: "microphone" });
    return permission.state === "prompt" ? "mic_dismissed" : "mic_refused";
  } catch {
    return "mic_refused"; // not every browser can be asked about this permission
  }
}

export class Microphone extends EventTarget {
  #stream = null;
  #source = null;
  #node = null;

  get on() {
    return this.#stream !== null;
  }

  /**
   * Asks for the microphone and starts capturing.
   * @param {AudioContext} context
   * @throws {MicrophoneError}
   */
  async open(context) {
    if (!navigator.mediaDevices || !context) throw new MicrophoneError("mic_insecure");
    await context.audioWorklet.addModule(new URL("capture-worklet.js", import.meta.url));
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: WANTED });
    } catch (error) {
      throw new MicrophoneError(await microphoneCode(error));
    }
    this.#stream = stream;
    this.#source = context.createMediaStreamSource(stream);
    this.#node = new AudioWorkletNode(context, "capture", { channelCount: 1, channelCountMode: "explicit" });
    this.#node.port.onmessage = ({ data }) => this.dispatchEvent(new CustomEvent("frame", { detail: data }));
    // Its output is silence; some browsers run only what leads to the loudspeaker.
    this.#source.connect(this.#node).connect(context.destination);
    for (const track of stream.getTracks()) {
      track.onended = () => {
        this.close();
        this.dispatchEvent(new Event("lost"));
      };
    }
  }

  /** Muted, the device itself is silenced; the page sends nothing either. */
  mute(muted) {
    for (const track of this.#stream?.getTracks() ?? []) track.enabled = !muted;
  }

  /** Gives the device back: the browser's recording sign goes out. */
  close() {
    this.#source?.disconnect();
    this.#node?.disconnect();
    if (this.#node) this.#node.port.onmessage = null;
    for (const track of this.#stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.#stream = this.#source = this.#node = null;
  }
}
