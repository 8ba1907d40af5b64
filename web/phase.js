/** What the page is doing, as one word, from everything that bears on it. Pure. */

/**
 * @param {object} now
 * @param {"closed"|"connecting"|"open"|"waiting"} now.link
 * @param {boolean} now.met whether this session has been open before
 * @param {"off"|"asking"|"on"} now.microphone
 * @param {"asleep"|"listening"|"thinking"|"speaking"} now.server the server's last word
 * @param {boolean} now.muted
 * @returns {string} a key of wording.js's PHASES
 */
export function phaseOf({ link, met, microphone, server, muted }) {
  if (microphone === "asking") return "asking";
  if (link === "closed") return "off";
  if (link !== "open") return met || link === "waiting" ? "reconnecting" : "connecting";
  if (server === "thinking" || server === "speaking") return server;
  if (microphone === "off") return "ready";
  return muted ? "muted" : server;
}

/** What a press of the big button does in that situation: a key of wording.js's PRESSES. */
export function pressOf({ microphone, muted, link, server }) {
  if (microphone === "off" || link === "closed") return "start";
  if (muted) return "unmute";
  return link === "open" && server === "asleep" ? "wake" : "mute";
}
