/** The page's wiring: presses, keys, server messages and playback marks, each to the part that knows. */
import { Conversation } from "./conversation.js";
import { Drawer } from "./drawer.js";
import { Due } from "./due.js";
import { Enrolment } from "./enrol.js";
import { becomeSomebodyNew } from "./identity.js";
import { Known } from "./known.js";
import { people } from "./people.js";
import { TurnClock, VoiceClock } from "./latency.js";
import { Link } from "./link.js";
import { Log } from "./log.js";
import { recall, remember } from "./memory.js";
import { Microphone } from "./microphone.js";
import { Notice } from "./notice.js";
import { Orb } from "./orb.js";
import { phaseOf, pressOf } from "./phase.js";
import { DEFAULT_PHRASE } from "./protocol.js";
import { SettingsDialog } from "./settings.js";
import { Speaker } from "./speaker.js";
import { noticeFor, PHASES, PRESSES, SPOKEN_PHASES } from "./wording.js";

const UNLOCK_MS = 400; // what a browser may take to start the sound that it allows

const $ = (id) => document.getElementById(id);
const offRecord = document.querySelector("[data-off-record]");

const now = { link: "closed", met: false, microphone: "off", server: "listening", muted: false };
const level = { you: 0, me: 0 };
let phase = "";
let talked = false; // whether the microphone was in use when the line was refused
let typedAt = null;
let looked = false; // whether there is something to offer
let turns = new TurnClock();

const voice = new VoiceClock();
const conversation = new Conversation();
const speaker = new Speaker();
const microphone = new Microphone();
const log = new Log($("log"), $("turns"), $("latest"), rate);
const drawer = new Drawer($("latency"), $("latency-open"));
const dialog = new SettingsDialog($("settings"), $("settings-open"), applySettings);
const known = new Known($("known"), $("known-open"), forgetPerson, unheard);
const enrolment = new Enrolment($("enrol"), {
  before: () => now.microphone === "on" && setMuted(true),
  seeConsents: () => {
    $("enrol").close();
    known.show("consents");
  },
});
$("enrol-open").addEventListener("click", () => {
  known.close();
  enrolment.open();
});
const link = new Link(() => ({ playbackHz: speaker.rateHz, settings: dialog.settings }));
const due = new Due(goOnTyping);
const orb = new Orb($("orb"), () => ({ ...level, me: speaker.level }));
const notice = new Notice($("notice"), {
  retry: () => link.retry(),
  unlock: () => speaker.unlock(),
  consents: () => known.show("consents"),
  cloud: () => known.show("consents").then(() => known.consent("cloud_speech").focus()),
  analytics: () => known.show("consents").then(() => known.consent("analytics").focus()),
  open: () => (talked ? start() : goOnTyping()),
  reload: () => location.reload(),
});

// What a person does

/** The big button: talk, then mute and unmute; asleep, wake. */
function press() {
  const what = pressOf(now);
  if (what === "start") start();
  else if (what === "wake") control("listen");
  else setMuted(what === "mute");
}

async function start() {
  if (now.microphone === "asking") return;
  setMicrophone("asking");
  try {
    await speaker.open();
    if (!microphone.on) await microphone.open(speaker.context);
  } catch (error) {
    setMicrophone("off");
    talked = true;
    notice.show(error.code ?? "unloaded");
    if (!error.code) console.error(error);
    return;
  }
  if (now.microphone !== "asking") return microphone.close(); // it was ended meanwhile
  notice.clear();
  setMicrophone("on");
  setMuted(false);
  link.open();
}

async function say(text) {
  show(conversation.typed(text));
  log.toEnd();
  try {
    await speaker.open();
  } catch (error) {
    console.error(error); // no sound then: the text needs none
  }
  typedAt = speaker.context?.currentTime ?? null;
  link.send({ type: "text", text });
  link.open();
}

/** Judges an answer; the server says whether that is kept. */
function rate(turn, rating) {
  show(conversation.rated(turn, rating));
  link.sendNow({ type: "rate", turn, rating });
}

/** Cuts the reply: silent here at once; the server says what was heard of it. */
function stop() {
  speaker.stop();
  show(conversation.stopped());
  control("stop");
}

function end() {
  link.end();
  silence();
  notice.clear();
}

function setMuted(muted) {
  if (muted === now.muted) return;
  now.muted = muted;
  level.you = 0;
  microphone.mute(muted);
  control(muted ? "mute" : "unmute");
  refresh();
}

function applySettings() {
  speaker.stop();
  link.renew();
  refresh();
}

/** Whoever talked is erased: the page knows nothing of them, and whoever talks next is somebody new. */
function forgetPerson({ leaving }) {
  becomeSomebodyNew();
  due.leave();
  if (leaving && now.link !== "closed") end();
  show(conversation.clear());
}

/** Plays something that is no reply, and that is not taken for speech. */
async function unheard(play) {
  const muted = now.muted;
  if (now.microphone === "on") setMuted(true);
  try {
    await play();
  } finally {
    if (now.microphone === "on") setMuted(muted);
  }
}

/** Tells once, in this browser, that a provider's voice can be had, whoever never decided about that. */
async function offerCloud() {
  if (looked || recall("cloud_offered")) return;
  looked = true;
  const [{ provider }, { consents }] = await Promise.all([people.voices(), people.consents()]);
  const { decided } = consents.find(({ purpose }) => purpose === "cloud_speech");
  if (!provider || decided || notice.code) return;
  notice.show("cloud");
  remember("cloud_offered", true);
}

function control(action) {
  link.sendNow({ type: "control", action });
}

// What the server says

const SHOWS = {
  consent: () => notice.show("consent"),
  record: ({ off }) => goOffRecord(off),
  rating({ rated, rating, kept }) {
    show(conversation.rated(rated, kept ? rating : null));
    notice.show(kept ? "rated" : "unrated");
  },
};

const MESSAGES = {
  session: opened,
  state({ state }) {
    now.server = state;
    refresh();
  },
  partial: (message) => show(conversation.partial(message)),
  final(message) {
    const { turn, text, source } = message;
    show(conversation.final(message));
    turns.asked(turn, source === "text" ? typedAt : voice.lastVoiced);
    if (text && source === "speech") announce(`You: ${text}`);
  },
  reply(message) {
    speaker.announce(message.clause);
    show(conversation.reply(message));
    if (!dialog.settings.speech || speaker.rateHz === null) show(conversation.voiceless());
  },
  words: (message) => show(conversation.words(message)),
  voice: () => notice.show("stand_in"),
  clause_end(message) {
    show(conversation.clauseEnd(message));
    speaker.finish(message.clause);
  },
  reply_end(message) {
    const [turn] = show(conversation.replyEnd(message));
    known.refresh();
    offerCloud().catch(() => {}); // not worth a word: there is another reply to come
    if (!turn.cut) announce(`Rapport: ${turn.clauses.map(({ text }) => text).join(" ").trim()}`);
  },
  playback({ action }) {
    speaker[action]();
    if (action === "stop") show(conversation.stopped());
    if (action === "resume") show(conversation.forgetPartials());
  },
  cut: (message) => show(conversation.cut(message)),
  show: (message) => (SHOWS[message.show] ?? ((shown) => known.present(shown)))(message),
  metrics: ({ turn, type: _, ...figures }) => drawer.add(turn, figures),
  error({ code }) {
    if (code === "voice") show(conversation.voiceless());
    notice.show(noticeFor(code));
  },
};

/** A session, of before or new. What was lost on the way is said again. */
function opened({ resumed }) {
  if (resumed) {
    for (const mark of speaker.marks) link.sendNow({ type: "played", ...mark });
  } else {
    show(conversation.begin());
    speaker.reset();
    drawer.reset();
    turns = new TurnClock();
    now.server = "listening";
    goOffRecord(false); // every conversation begins on the record
  }
  if (resumed || now.muted) control(now.muted ? "mute" : "unmute");
  if (notice.code === "lost") notice.show("back");
  notice.clear("away");
  now.met = true;
  refresh();
  setTimeout(checkLock, UNLOCK_MS);
}

function followLink() {
  now.link = link.state;
  if (now.link === "closed") show(conversation.over());
  if (now.link === "waiting") notice.show(now.met ? "lost" : "away");
  if (now.link === "closed") {
    if (now.met) due.watch().catch(() => {}); // of who is not remembered nothing is kept that could be due
    now.met = false;
  } else due.leave();
  refresh();
}

function failed(code) {
  if (code === "erased") forgetPerson({ leaving: false });
  talked = now.microphone === "on";
  silence();
  const { wake, phrase } = dialog.settings;
  notice.show(code === "unsupported" && wake && phrase !== DEFAULT_PHRASE ? "phrase" : noticeFor(code));
}

function goOnTyping() {
  notice.clear();
  link.open();
}

/** Nothing is heard any more, nothing is said. */
function silence() {
  speaker.stop();
  microphone.close();
  setMicrophone("off");
  show([...conversation.stopped(), ...conversation.forgetPartials()]);
}

link.addEventListener("message", ({ detail }) => MESSAGES[detail.type]?.(detail));
link.addEventListener("audio", ({ detail }) => speaker.play(detail));
link.addEventListener("state", followLink);
link.addEventListener("slow", ({ detail }) => (detail ? notice.show("slow") : notice.clear("slow")));
link.addEventListener("failed", ({ detail }) => failed(detail.code));

// What is heard, here and there

microphone.addEventListener("frame", ({ detail }) => {
  if (now.muted) return;
  level.you = detail.rms;
  voice.hear(detail);
  link.sendAudio(detail.pcm);
});
microphone.addEventListener("lost", () => {
  setMicrophone("off");
  notice.show("mic_lost");
});
speaker.addEventListener("mark", ({ detail }) => {
  show(conversation.mark(detail));
  link.sendNow({ type: "played", ...detail });
});
speaker.addEventListener("sound", ({ detail: { clause, at } }) => {
  const turn = conversation.turnOf(clause);
  const ms = turns.heard(turn, at);
  if (ms !== null) drawer.add(turn, { ear_ms: ms });
});
speaker.addEventListener("locked", () => setTimeout(checkLock, UNLOCK_MS));

function checkLock() {
  if (!speaker.locked) notice.clear("locked");
  else if (now.link === "open" && dialog.settings.speech) notice.show("locked");
}

// What is shown

function setMicrophone(state) {
  now.microphone = state;
  if (state !== "on") level.you = 0;
  refresh();
}

function show(changed) {
  log.show(changed, conversation.turns);
  document.body.toggleAttribute("data-empty", conversation.turns.length === 0);
  return changed;
}

/** Whether anything said now may be kept; the server says so. */
function goOffRecord(off) {
  $("off-record").hidden = !off;
  offRecord.checked = off;
}

function announce(text) {
  $("announce").textContent = text;
}

function refresh() {
  const before = phase;
  phase = phaseOf(now);
  const what = pressOf(now);
  const [status, hint] = PHASES[phase];
  document.body.dataset.phase = phase;
  document.body.dataset.press = what;
  $("status").textContent = status;
  $("hint").textContent = typeof hint === "function" ? hint(dialog.settings.phrase) : hint;
  $("talk").setAttribute("aria-label", PRESSES[what]);
  $("stop").hidden = phase !== "thinking" && phase !== "speaking";
  $("end").hidden = now.link === "closed";
  orb.phase = phase;
  if (phase !== before && before && SPOKEN_PHASES[phase]) announce(SPOKEN_PHASES[phase]);
}

// Presses and keys

$("talk").addEventListener("click", press);
offRecord.addEventListener("change", () => {
  const off = offRecord.checked;
  offRecord.checked = !off; // it turns when it is so
  say(off ? "off the record" : "back on the record");
});
$("stop").addEventListener("click", stop);
$("end").addEventListener("click", end);
$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("words").value.trim();
  $("words").value = "";
  if (text) say(text);
});
for (const suggestion of document.querySelectorAll("[data-say]")) {
  suggestion.addEventListener("click", () => say(suggestion.dataset.say));
}
addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || event.repeat) return;
  if (event.code === "Space" && !event.target.closest("input, textarea, button, select, a")) {
    event.preventDefault(); // don't scroll
    press();
  } else if (event.key === "Escape" && drawer.open) drawer.toggle(false);
  else if (event.key === "Escape" && !$("stop").hidden) stop();
});
addEventListener("pagehide", () => link.state !== "closed" && end());

refresh();
