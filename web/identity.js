/** Who talks: the token of this browser's person, asked for where there is none, and let go of when they are erased. */
import { forget, recall, remember } from "./memory.js";

const ANSWER_MS = 10_000;
const SOON_MS = 30_000; // a token this near its end is as good as expired
const REFUSALS = { 400: "unsupported", 401: "private", 403: "origin", 429: "too_many_sessions" };

let held = null;
let persons = 0; // counts up when somebody is let go of: an answer for the one before is no use then

/**
 * A fresh token, for the person of before if there was one.
 * @returns {Promise<{token: string, people: string}>} `people`: the people API's address
 * @throws `{code}` where the server refuses, anything else where it is away
 */
export async function askForToken(old = recall("token")) {
  const person = persons;
  const answer = await fetch("session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(old ? { token: old } : {}),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  if (person !== persons) return askForToken();
  if (answer.ok) {
    const { token, people, expires_in_s: seconds } = await answer.json();
    if (person !== persons) return askForToken();
    held = { token, people, until: Date.now() + seconds * 1000 };
    remember("token", token);
    return held;
  }
  if (old && (answer.status === 400 || answer.status === 401)) return askForToken(null); // too old to go on with
  if (REFUSALS[answer.status]) throw { code: REFUSALS[answer.status] };
  throw new Error(`no token: ${answer.status}`);
}

/** The token as it is, or a fresh one where it is about to expire. Throws as `askForToken`. */
export async function currentToken() {
  return held && held.until - Date.now() > SOON_MS ? held : askForToken();
}

/** The token is not taken any more; the next one is asked for. */
export function distrustToken() {
  held = null;
}

/** From now on, somebody new talks. */
export function becomeSomebodyNew() {
  persons++;
  held = null;
  forget("token");
}
