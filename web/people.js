/**
 * The people API as the page uses it: what is kept about the person of this browser. Its OpenAPI description says what
 * comes back; errors are a `Problem`.
 */
import { currentToken, distrustToken } from "./identity.js";

const ANSWER_MS = 30_000;
const LONG_MS = 90_000; // a recording to send and to listen to, or a voice to be made at a provider
const TOLD = new Set(["bad_audio"]); // what exactly is wrong with a file, only the API knows

/** What went wrong, as a code: the API's, `private` and the like of the channel's, or `away`. */
export class Problem extends Error {
  /**
   * @param {string} code
   * @param {number} waitS seconds to wait, where there were too many requests
   * @param {string} told the API's own words, where they say more than the code
   */
  constructor(code, waitS = 0, told = "") {
    super(code);
    this.code = code;
    this.waitS = waitS;
    this.told = told;
  }
}

export const people = {
  status: () => call("GET", "/me"),
  memories: (after) => call("GET", `/memories${after ? `?after=${after}` : ""}`),
  search: (words) => call("GET", `/memories/search?q=${encodeURIComponent(words)}`),
  edit: (id, text, confirmed) => call("PATCH", `/memories/${id}`, { text, confirmed }),
  forget: (id) => call("DELETE", `/memories/${id}`),
  consents: () => call("GET", "/consents"),
  agree: (purpose, version) => call("PUT", `/consents/${purpose}`, { version }),
  withdraw: (purpose) => call("DELETE", `/consents/${purpose}`),
  activity: (after) => call("GET", `/activity${after ? `?after=${after}` : ""}`),
  key: () => call("GET", "/key"),
  erase: () => call("POST", "/erasure", { confirm: "erase me" }),
  lists: () => call("GET", "/lists"),
  changeList: (name, items) => call("PUT", `/lists/${encodeURIComponent(name)}`, { items }),
  timers: () => call("GET", "/timers"),
  cancelTimer: (id) => call("DELETE", `/timers/${id}`, undefined, () => null),
  deleteList: (name) => call("DELETE", `/lists/${encodeURIComponent(name)}`, undefined, () => null),
  voice: () => call("GET", "/voice"),
  changeVoice: (profile) => call("PUT", "/voice", profile),
  resetVoice: () => call("DELETE", "/voice"),
  style: () => call("GET", "/voice/style"),
  changeStyle: (style) => call("PUT", "/voice/style", { style }),
  forgetStyle: () => call("DELETE", "/voice/style"),
  learnt: () => call("GET", "/learnt"),
  switchLearnt: (name, on) => call("PUT", `/learnt/${name}`, { on }),
  forgetLearnt: () => call("DELETE", "/learnt", undefined, () => null),
  experiments: () => call("GET", "/experiments"),
  leaveExperiments: (out) => call("PUT", "/experiments", { out }),
  suggestions: () => call("GET", "/suggestions"),
  putOffSuggestions: (days) => call("PUT", "/suggestions", { days }),
  voices: () => call("GET", "/voice/voices"),
  previewVoice: (profile) => call("POST", "/voice/preview", profile),
  pronunciations: () => call("GET", "/voice/pronunciations"),
  sayWords: (words) => call("PUT", "/voice/pronunciations", { words }),

  /** How it stands with a cloned voice. */
  clone: () => call("GET", "/voice/clone"),
  sendTake: (sound, how) => call("POST", `/voice/clone/takes?how=${how}`, sound),
  removeTake: (id) => call("DELETE", `/voice/clone/takes/${id}`, undefined, () => null),
  challenge: () => call("POST", "/voice/clone/challenge"),
  answerChallenge: (sound) => call("POST", "/voice/clone/challenge/answer", sound),
  submitClone: () => call("POST", "/voice/clone/submit"),
  revokeClone: () => call("DELETE", "/voice/clone"),

  /** Everything, as a file. @param {?string} ticket one that was given already @returns {Promise<Blob>} */
  async everything(ticket) {
    const opened = ticket ?? (await call("POST", "/export")).ticket;
    return call("GET", `/export/${opened}`, undefined, (answer) => answer.blob());
  },
};

async function call(method, path, body, read = (answer) => answer.json(), again = true) {
  const sound = body instanceof Blob;
  let answer;
  try {
    const { token, people: address } = await currentToken();
    answer = await fetch(new URL(`${address}/v1${path}`, location.href), {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body && { "Content-Type": sound ? "application/octet-stream" : "application/json" }),
      },
      body: sound ? body : body && JSON.stringify(body),
      signal: AbortSignal.timeout(path.startsWith("/voice/clone") ? LONG_MS : ANSWER_MS),
    });
    if (answer.status === 401 && again) {
      distrustToken();
      return call(method, path, body, read, false);
    }
    if (answer.ok) return await read(answer);
  } catch (error) {
    throw new Problem(error.code && typeof error.code === "string" ? error.code : "away");
  }
  const { code, message } = await answer.json().catch(() => ({ code: "internal" }));
  throw new Problem(code, Number(answer.headers.get("Retry-After")), TOLD.has(code) ? message : "");
}
