/**
 * The people API as the page uses it: what is kept about the person of this browser. Its OpenAPI description says what
 * comes back; errors are a `Problem`.
 */
import { currentToken, distrustToken } from "./identity.js";

const ANSWER_MS = 30_000;

/** What went wrong, as a code: the API's, `private` and the like of the channel's, or `away`. */
export class Problem extends Error {
  /** @param {string} code @param {number} waitS seconds to wait, where there were too many requests */
  constructor(code, waitS = 0) {
    super(code);
    this.code = code;
    this.waitS = waitS;
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

  /** Everything, as a file. @param {?string} ticket one that was given already @returns {Promise<Blob>} */
  async everything(ticket) {
    const opened = ticket ?? (await call("POST", "/export")).ticket;
    return call("GET", `/export/${opened}`, undefined, (answer) => answer.blob());
  },
};

async function call(method, path, body, read = (answer) => answer.json(), again = true) {
  let answer;
  try {
    const { token, people: address } = await currentToken();
    answer = await fetch(new URL(`${address}/v1${path}`, location.href), {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body && { "Content-Type": "application/json" }),
      },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (answer.status === 401 && again) {
      distrustToken();
      return call(method, path, body, read, false);
    }
    if (answer.ok) return await read(answer);
  } catch (error) {
    throw new Problem(error.code && typeof error.code === "string" ? error.code : "away");
  }
  const { code } = await answer.json().catch(() => ({ code: "internal" }));
  throw new Problem(code, Number(answer.headers.get("Retry-After")));
}
