/** What "What I know" says by itself: headings, where a memory comes from, what was done, what went wrong. Pure. */

/** Kinds of memories, in the order in which they are shown. */
export const KINDS = {
  fact: "About you",
  preference: "What you like",
  relation: "People in your life",
  event: "What happened, and what is coming",
  routine: "What you usually do",
  note: "Notes",
  summary: "What we talked about",
};

const SOURCES = {
  asked: (when) => `You asked me ${when} to remember this`,
  passing: (when) => `You said so ${when}`,
  page: (when) => `You wrote this here ${when}`,
  derived: (when) => `I worked this out ${when} from what you told me`,
};

const CHANNELS = { voice: "aloud", text: "in writing", page: "on this page" };

const NOTED = {
  learning: "I learnt something from our talk",
  proactive: "I noted what I suggested, or what you said to it",
  analytics: "I counted how our talk went",
};

const DONE = {
  "consent.granted": ({ purpose }, titles) => `You agreed: ${titles[purpose] ?? purpose}`,
  "consent.withdrawn": ({ purpose }, titles) => `You took back: ${titles[purpose] ?? purpose}`,
  "memory.written": () => "I remembered something",
  "memory.confirmed": () => "You told me something again",
  "memory.recalled": ({ count }) => `I looked something up, and found ${amount(count, "memory", "memories")}`,
  "memory.deleted": ({ count }) => `${amount(count, "memory", "memories")} deleted`,
  "memory.expired": ({ count }) => `${amount(count, "memory", "memories")} deleted, since the time was up`,
  "profile.written": () => "I noted what you are called, or how you like things",
  "token.issued": () => "A program of yours got a pass to the voice service",
  "export.made": ({ memories }) => `You got a copy of everything, with ${amount(memories, "memory", "memories")}`,
  "key.rotated": () => "Your key was changed",
  "record.written": ({ purpose }) => NOTED[purpose] ?? "I noted something about your voice, or how I speak to you",
  "voice.sample_refused": () => "I heard a recording of your voice, and didn’t keep it",
  "voice.sample_deleted": () => "A recording of your voice was deleted",
  "voice.consented": () => "Recordings for a voice of your own changed",
  "voice.verified": () => "I made sure that the recordings are of you",
  "voice.verification_failed": () => "I couldn’t make sure that the recordings are of you",
  "voice.submitted": () => "Your recordings were sent to have your voice made",
  "voice.ready": () => "Your own voice was ready",
  "voice.failed": () => "Your own voice could not be made",
  "voice.revoking": () => "Your own voice was switched off, to be deleted",
  "voice.revoked": ({ receipt }) => `Your own voice was deleted everywhere. Receipt ${receipt}`,
  "person.erasure_asked": () => "You asked to be erased",
};

/** What went wrong, by code; `again` where trying once more may help. */
export const PROBLEMS = {
  away: { text: "I can’t reach what I know about you. Is the server still there?", again: true },
  store: { text: "I can’t get at what I know about you right now. Nothing is lost.", again: true },
  internal: { text: "Something went wrong on my side.", again: true },
  key: { text: "What I know about you is locked, and I don’t have the key. Ask the person who runs this server." },
  not_erased: { text: "Something of you is still there. I try again by myself; tell the person who runs this server." },
  too_many_requests: { text: "That was a lot at once. Give me a moment.", again: true },
  private: { text: "This assistant is private. Ask the person who runs it to let you in." },
  origin: { text: "This server doesn’t accept this address. Ask the person who runs it." },
  no_such_memory: { text: "That memory is gone already.", again: true },
  wording_changed: { text: "The wording has changed meanwhile. Please read it again.", again: true },
  quota: { text: "There is no room for more. Let me forget something first." },
  not_kept: { text: "I never keep passwords, card numbers and the like. Please leave that out." },
  confirmation_needed: { text: "This is sensitive. Shall I keep it all the same?" },
  nothing_kept: { text: "There is nothing to send: I know nothing about you." },
  ticket: { text: "That link was used or is too old. Ask for a new copy." },
  voice_consent: { text: "I need both of your consents first: for the voice, and for the cloud service." },
  voice_state: { text: "Something changed meanwhile. Here is how it stands now." },
  voice_away: { text: "I can’t reach my voices just now. Nothing is lost.", again: true },
  listening_busy: { text: "I’m listening to somebody else just now.", again: true },
  no_such_list: { text: "That list is gone already.", again: true },
  no_such_take: { text: "That take is gone already." },
  bad_audio: { text: "I can’t use that recording. Record it again, or save it as WAV or FLAC." },
  too_large: { text: "That’s too large. A minute of sound is the most." },
  bad_request: { text: "I can’t keep that as it is. Use ordinary letters, and at most a thousand of them." },
};

/** The entry for any code. */
export function problemFor(code) {
  return PROBLEMS[code] ?? PROBLEMS.internal;
}

export function amount(count, one, many) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** A sentence from a memory as it is told: "your sister lives in Oslo" is "Your sister lives in Oslo." */
export function sentence(text) {
  const [first = ""] = text; // a whole character, if it is an emoji
  const begun = first.toLocaleUpperCase("en") + text.slice(first.length);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

/** "today", "yesterday", "on Tuesday", "on May 3", "on May 3, 2024" — by the calendar of whoever reads. */
export function since(at, now = new Date()) {
  const then = new Date(at);
  const days = Math.round((midnight(now) - midnight(then)) / 86_400_000);
  if (days === 0) return "today";
  if (days === 1) return "yesterday";
  if (days > 1 && days < 7) return `on ${then.toLocaleDateString("en", { weekday: "long" })}`;
  const year = then.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return `on ${then.toLocaleDateString("en", { day: "numeric", month: "long", year })}`;
}

export function date(at) {
  return new Date(at).toLocaleDateString("en", { day: "numeric", month: "long", year: "numeric" });
}

export function moment(at) {
  return new Date(at).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
}

function midnight(at) {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** Where a memory comes from. */
export function source({ told, created, confirmed }, now = new Date()) {
  const first = (SOURCES[told.source] ?? SOURCES.passing)(since(created, now));
  const again = since(confirmed, now);
  return again === since(created, now) ? first : `${first}, and again ${again}`;
}

const YOURS = { i: "you", me: "you", my: "your", mine: "yours", am: "are", "i'm": "you are", was: "were", our: "your", we: "you" };

/** The person's own words, where they say something that the memory doesn't, which is told the other way round. */
export function quoted({ told, text }) {
  const plain = (words) =>
    (words.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []).map((word) => YOURS[word] ?? word).join(" ");
  return told.words && plain(told.words) !== plain(text) ? `“${told.words}”` : "";
}

/** What a memory is kept for, and until when. */
export function keeping({ purpose, expires }, titles) {
  const until = expires ? `until ${date(expires)}` : "until you say otherwise";
  return `Kept for “${titles[purpose] ?? purpose}”, ${until}`;
}

/** Memories by kind, in the order of KINDS; those of a kind stay in their order. */
export function grouped(memories) {
  return Object.entries(KINDS)
    .map(([kind, heading]) => ({ kind, heading, memories: memories.filter((each) => each.kind === kind) }))
    .filter((group) => group.memories.length);
}

/** How a decision about a consent was made. */
export function decision({ granted, at, channel, receipt }, live) {
  const what = granted ? (live ? "You agreed" : "You agreed to an older wording") : "You took it back";
  return `${what} ${since(at)}, ${CHANNELS[channel] ?? channel}. Receipt ${receipt}.`;
}

/** What was done, from an audit entry. */
export function done({ what, details }, titles) {
  return DONE[what]?.(details, titles) ?? what;
}
