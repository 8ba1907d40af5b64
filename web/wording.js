/**
 * Everything that the page says by itself: what it is doing, and what went wrong and how to mend it.
 * What the assistant says lives in Rasa's domain, never here.
 */

/** What the orb's status line says in each phase (phase.js), and a hint below it. */
export const PHASES = {
  off: ["Press to talk", matchMedia("(hover: hover)").matches ? "or hit the space bar" : "and say what you like"],
  asking: ["May I listen?", "Choose Allow where your browser asks"],
  connecting: ["Connecting…", "One moment"],
  reconnecting: ["Reconnecting…", "I’ll go on where we were"],
  ready: ["Ready", "Type, or press to talk"],
  asleep: ["Asleep", (phrase) => `Say “${phrase}”, or press`],
  listening: ["Listening", "Just talk"],
  muted: ["Muted", "Press to unmute"],
  thinking: ["Thinking", ""],
  speaking: ["Speaking", "Talk over me to cut in"],
};

/** What pressing the big button does, as its label. */
export const PRESSES = {
  start: "Start talking",
  mute: "Mute the microphone",
  unmute: "Unmute the microphone",
  wake: "Wake up without the phrase",
};

/**
 * What went wrong, by code. `action` names a button that the notice gets (app.js knows what it does);
 * `passing` ones leave by themselves.
 */
export const NOTICES = {
  mic_missing: { text: "I can’t find a microphone. Plug one in and press again, or just type." },
  mic_dismissed: { text: "I need the microphone to hear you. Press again and choose Allow, or just type." },
  mic_refused: {
    text: "The microphone is blocked for this page. To allow it, open the site settings beside the address, set Microphone to Allow, and press again. Typing works too.",
  },
  mic_busy: { text: "The microphone didn’t start. Is another program using it? Close that and press again, or type." },
  mic_insecure: { text: "Browsers give the microphone and sound only to https pages and localhost. Typing works here." },
  mic_lost: { text: "The microphone was unplugged. Press to go on with another one, or type." },
  unloaded: { text: "A part of this page didn’t load. Is the server still there?", action: "open", label: "Try again" },
  away: { text: "I can’t reach the server. I’ll keep trying.", action: "retry", label: "Try now" },
  lost: { text: "The connection broke. I’m trying to get it back.", action: "retry", label: "Try now" },
  back: { text: "Back again.", passing: true },
  slow: { text: "Your connection is slow, so I hear you late." },
  locked: { text: "Your browser keeps the sound off until you say so.", action: "unlock", label: "Turn sound on" },
  too_many_sessions: {
    text: "There are too many conversations open right now. Close one, or wait a little.",
    action: "open",
    label: "Try again",
  },
  starting: { text: "I’m still waking up. Try again in a moment.", action: "open", label: "Try again" },
  replaced: { text: "You went on in another window.", action: "open", label: "Talk here instead" },
  idle: { text: "It was quiet for a while, so I stopped listening. Press when you want to go on." },
  consent: { text: "Noted. You can take it back under “What I know”.", action: "consents", label: "Show", passing: true },
  cloud: {
    text: "I can sound more natural with a service in the cloud, which then gets the text of my answers. Only if you want that.",
    action: "cloud",
    label: "See what that means",
  },
  rated: { text: "Noted, thank you.", passing: true },
  unrated: {
    text: "Thank you. I keep that only if you let me count how our conversations go; what you say is no part of it.",
    action: "analytics",
    label: "See what that means",
  },
  erased: { text: "Everything about you is erased. Whoever talks from here on is somebody new to me." },
  session_over: { text: "That was a long conversation. Press to start a fresh one." },
  slow_client: { text: "Your connection couldn’t keep up.", action: "open", label: "Try again" },
  private: { text: "This assistant is private. Ask the person who runs it to let you in." },
  origin: { text: "This server doesn’t accept this address. Ask the person who runs it." },
  phrase: { text: "I don’t know a word of that wake phrase. Choose another in the settings." },
  token: { text: "The server didn’t recognise this page any more.", action: "open", label: "Try again" },
  protocol: { text: "The page and the server don’t understand each other. Reload the page.", action: "reload", label: "Reload" },
  no_such_session: { text: "We were apart too long, so this is a fresh conversation.", passing: true },
  turn_too_long: { text: "That was a lot at once. I’ll answer what I have heard so far.", passing: true },
  hearing: { text: "I couldn’t hear that properly. Say it again, or type it.", passing: true },
  dialogue: { text: "Something went wrong on my side. Please try once more.", passing: true },
  stand_in: { text: "My usual voice can’t be reached, so another one speaks.", passing: true },
  voice: { text: "I can’t speak right now, so here is the text.", passing: true },
};

/** The notice for an error code of the protocol; those that only a broken page can cause share one. */
export function noticeFor(code) {
  return code in NOTICES ? code : "protocol";
}

/** What the thumbs beside an answer mean. */
export const THUMBS = { up: "A good answer", down: "Not a good answer" };

/** What a screen reader is told when the phase changes; the rest it can ask for. */
export const SPOKEN_PHASES = {
  listening: "Listening.",
  muted: "Microphone muted.",
  reconnecting: "Connection lost. Reconnecting.",
  asleep: "Asleep.",
  off: "Microphone off.",
};
