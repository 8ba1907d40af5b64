/**
 * The line to the server: socket, back-off, going on with a session, and never too much in the pipe.
 *
 * Events: `state` (read `state`), `message` (detail: a server message), `audio` (detail: an ArrayBuffer),
 * `slow` (detail: boolean), `failed` (detail: `{code}`; the line is closed and stays so until `open`).
 * What the messages mean is decided elsewhere.
 */
import { askForToken } from "./identity.js";
import { hello } from "./protocol.js";

const BACK_OFF_MS = [300, 1000, 2000, 4000, 8000];
const ANSWER_MS = 10_000;
const KEPT_FRAMES = 150; // three seconds: who presses and talks at once has not waited for the line
const SLOW_BYTES = 64_000; // two seconds of audio that the network has not taken yet
const BROKEN_BYTES = 320_000; // ten seconds: this connection is as good as gone

export class Link extends EventTarget {
  state = "closed"; // closed, connecting, open, waiting
  session = null;
  #line = 0; // numbers attempts: what belongs to an older one is not heard
  #socket = null;
  #timer = 0;
  #failures = 0;
  #outbox = [];
  #unheard = [];
  #slow = false;

  /** @param {() => {playbackHz: ?number, settings: Settings}} terms asked for at each connection */
  constructor(terms) {
    super();
    this.terms = terms;
    addEventListener("online", () => this.retry());
  }

  /** Connects, and stays connected until `end` or a refusal. */
  open() {
    if (this.state === "closed") this.#connect();
  }

  /** Tries at once instead of waiting for the back-off. */
  retry() {
    if (this.state === "waiting") this.#connect();
  }

  /** Starts a fresh session on the present terms: one that is open keeps those of its first hello. */
  renew() {
    if (this.state === "closed") return;
    this.sendNow({ type: "control", action: "end" });
    this.#drop();
    this.session = null;
    this.#connect();
  }

  /** Sends a message, now or as soon as the session is open. */
  send(message) {
    if (this.#ready) this.#socket.send(JSON.stringify(message));
    else this.#outbox.push(message);
  }

  /** Sends a message only if the session is open: for what is stale a moment later. */
  sendNow(message) {
    if (this.#ready) this.#socket.send(JSON.stringify(message));
  }

  /** @param {ArrayBuffer} frame 20 ms of microphone audio; the last three seconds wait for a connection */
  sendAudio(frame) {
    if (!this.#ready) {
      this.#unheard.push(frame);
      if (this.#unheard.length > KEPT_FRAMES) this.#unheard.shift();
      return;
    }
    const waiting = this.#socket.bufferedAmount;
    if (waiting > BROKEN_BYTES) return this.#lost();
    this.#socket.send(frame);
    if (this.#slow ? waiting < SLOW_BYTES / 4 : waiting > SLOW_BYTES) this.#tellSlow(!this.#slow);
  }

  /** Ends the conversation for good. */
  end() {
    this.sendNow({ type: "control", action: "end" });
    this.#outbox = [];
    this.#close();
  }

  /** A socket that the server has begun to close takes no more, though the page isn't told yet. */
  get #ready() {
    return this.state === "open" && this.#socket.readyState === WebSocket.OPEN;
  }

  async #connect() {
    clearTimeout(this.#timer);
    const line = ++this.#line;
    this.#become("connecting");
    let token;
    try {
      ({ token } = await askForToken());
    } catch (refusal) {
      if (line !== this.#line) return;
      if (refusal.code) this.#fail(refusal.code);
      else this.#lost();
      return;
    }
    if (line === this.#line) this.#dial(token, line);
  }

  #dial(token, line) {
    const url = new URL("stream", document.baseURI);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#lost(), ANSWER_MS);
    socket.onopen = () => socket.send(JSON.stringify(hello({ token, session: this.session, ...this.terms() })));
    socket.onmessage = ({ data }) => {
      if (line !== this.#line) return;
      if (typeof data === "string") this.#hear(JSON.parse(data));
      else this.dispatchEvent(new CustomEvent("audio", { detail: data }));
    };
    socket.onclose = () => line === this.#line && this.#lost();
  }

  #hear(message) {
    if (message.type === "session") this.#opened(message);
    if (message.type === "error" && message.fatal) return this.#fail(message.code);
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  #opened({ session }) {
    clearTimeout(this.#timer);
    this.session = session;
    this.#failures = 0;
    this.#become("open");
    for (const message of this.#outbox.splice(0)) this.send(message);
    for (const frame of this.#unheard.splice(0)) this.#socket.send(frame);
  }

  #lost() {
    if (this.state === "closed" || this.state === "waiting") return;
    this.#drop();
    const wait = BACK_OFF_MS[Math.min(this.#failures++, BACK_OFF_MS.length - 1)];
    this.#timer = setTimeout(() => this.retry(), wait * (0.8 + 0.4 * Math.random()));
    this.#become("waiting");
  }

  #fail(code) {
    this.#close();
    this.dispatchEvent(new CustomEvent("failed", { detail: { code } }));
  }

  #close() {
    this.#drop();
    this.session = null;
    this.#failures = 0;
    this.#unheard = [];
    this.#become("closed");
  }

  #drop() {
    this.#line++;
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#socket = null;
    this.#tellSlow(false);
  }

  #tellSlow(slow) {
    if (slow === this.#slow) return;
    this.#slow = slow;
    this.dispatchEvent(new CustomEvent("slow", { detail: slow }));
  }

  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
