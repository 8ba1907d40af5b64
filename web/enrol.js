/** "Your own voice": what is asked and why, takes with their checks, the challenge, and the end of it with its receipt. */
import { askFirst, button, element } from "./dom.js";
import { Recorder } from "./enrol-recorder.js";
import { levelOf } from "./enrol-wav.js";
import { CHECKS, LEVELS, PASSAGES, reasonFor, stepsOf } from "./enrol-wording.js";
import { moment, problemFor } from "./known-wording.js";
import { MicrophoneError } from "./microphone.js";
import { people, Problem } from "./people.js";
import { NOTICES } from "./wording.js";

const LONGEST_S = 30;
const LONGEST_ANSWER_S = 15;
const LEVEL_MS = 400; // between changes of the word beside the meter, so that it can be read

export class Enrolment {
  #clone = null;
  #receipt = null;
  #publicKey = null;
  #passage = 0;
  #recorder = new Recorder();
  #recording = null; // the part of the page that records
  #busy = false;
  #again = null;
  #told = 0;
  #before;
  #seeConsents;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {{before: () => void, seeConsents: () => void}} page `before`: it is about to record, so nobody else may listen
   */
  constructor(dialog, { before, seeConsents }) {
    this.dialog = dialog;
    this.#before = before;
    this.#seeConsents = seeConsents;
    const find = (selector) => dialog.querySelector(selector);
    find("[data-close]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close()); // the backdrop
    dialog.addEventListener("close", () => this.#closed());
    this.problem = find("[data-problem]");
    this.problem.querySelector("button").addEventListener("click", () => this.#try(this.#again));
    find("[data-record]").addEventListener("click", () => this.#press("take"));
    find("[data-another]").addEventListener("click", () => this.#nextPassage());
    find("[data-challenge]").addEventListener("click", () => this.#try(() => this.#ask()));
    find("[data-answer]").addEventListener("click", () => this.#press("answer"));
    find("[data-make]").addEventListener("click", () => this.#try(() => this.#make()));
    find("[data-speak]").addEventListener("click", () => this.#try(() => this.#speakSo()));
    find("[data-revoke]").addEventListener("click", () => this.#askToRevoke());
    find("[data-keep]").addEventListener("click", () => this.#keepReceipt());
    this.file = find("[data-file]");
    find("[data-upload]").addEventListener("click", () => this.file.click());
    this.file.addEventListener("change", () => this.#upload());
    this.#recorder.addEventListener("level", ({ detail }) => this.#showLevel(detail));
    this.#recorder.addEventListener("full", () => this.#recording && this.#press(this.#recording));
  }

  open() {
    this.#nextPassage(0);
    this.dialog.showModal();
    return this.#try(() => this.#load());
  }

  async #load() {
    this.#clone = await people.clone();
    this.#draw();
  }

  /** Does something that can go wrong, one at a time, and says so where it does. */
  async #try(what) {
    if (this.#busy) return;
    this.problem.hidden = true;
    this.#setBusy(true);
    try {
      await what();
    } catch (error) {
      if (error instanceof MicrophoneError) this.#tell(NOTICES[error.code].text);
      else if (error instanceof Problem) await this.#problem(error, what);
      else throw error;
    } finally {
      this.#setBusy(false);
    }
  }

  async #problem(problem, what) {
    const { text, again } = problemFor(problem.code);
    this.#again = what;
    this.#tell(problem.told || (problem.waitS ? `${text} (${problem.waitS} s)` : text), again);
    if (problem.code === "voice_state" || problem.code === "voice_consent") {
      await this.#load().catch(() => {}); // another window was quicker: show how it is
    }
  }

  #tell(text, again = false) {
    this.problem.querySelector("p").textContent = text;
    this.problem.querySelector("button").hidden = !again;
    this.problem.hidden = false;
    this.say("");
    this.problem.scrollIntoView({ block: "nearest" });
  }

  /** Tells a screen reader, and whoever looks at the dialog's foot. */
  say(text) {
    this.dialog.querySelector("[data-said]").textContent = text;
  }

  #setBusy(busy) {
    this.#busy = busy;
    this.dialog.querySelector(".body").setAttribute("aria-busy", String(busy));
  }

  // How it stands

  #draw() {
    const clone = this.#clone;
    const steps = stepsOf(clone);
    for (const [name, shown] of Object.entries(steps)) this.#step(name).hidden = !shown;
    this.#find("[data-unavailable]").hidden = clone.available;
    this.#find("[data-revoking]").hidden = !clone.revoking;
    this.#find("[data-consents]").replaceChildren(...clone.asked.map((each) => this.#consent(each)));
    this.#find("[data-takes]").replaceChildren(...clone.takes.map((take, at) => this.#take(take, at + 1)));
    const missing = Math.ceil(clone.enough_s - clone.speech_s);
    this.#find("[data-amount]").textContent =
      missing > 0
        ? `${clone.takes.length ? `${Math.round(clone.speech_s)} seconds of you so far. ` : ""}At least ${missing} more are needed; a minute or two sounds best.`
        : `${Math.round(clone.speech_s)} seconds of you. That’s enough; a minute or two sounds best.`;
    const full = clone.takes.length >= clone.most_takes;
    this.#find("[data-record]").disabled = full;
    this.#find("[data-upload]").disabled = full;
    this.#drawChallenge();
    this.#find("[data-failed]").textContent = clone.state === "failed" ? reasonFor(clone.reason) : "";
    const made = this.#find("[data-make]");
    made.textContent = clone.state === "submitted" ? "Go on making it" : clone.state === "failed" ? "Try once more" : "Make my voice";
    this.#drawReceipt();
  }

  #consent({ purpose, title, written, version, granted }) {
    const box = element("input", "");
    box.type = "checkbox";
    box.checked = granted;
    box.setAttribute("role", "switch");
    const words = element("p", "small", written);
    words.id = `enrol-${purpose}`;
    box.setAttribute("aria-describedby", words.id);
    box.addEventListener("change", () => {
      box.checked = granted; // it turns when it is so
      if (granted) this.#seeConsents(); // to take it back is asked about there
      else this.#try(() => this.#agree(purpose, version, title));
    });
    const item = element("li", "consent", element("label", "switch", box, element("span", "", title)), words);
    item.dataset.purpose = purpose;
    return item;
  }

  async #agree(purpose, version, title) {
    await people.agree(purpose, version);
    await this.#load();
    this.#find(`[data-purpose="${purpose}"] input`).focus();
    this.say(`${title}: on.`);
  }

  #take(take, number) {
    const figures = element("span", "small", `${take.duration_s.toFixed(1)} s, ${take.how === "microphone" ? "recorded" : "uploaded"}`);
    const remove = button("pill", ["Delete"], () => this.#try(() => this.#remove(take.id)));
    remove.setAttribute("aria-label", `Delete take ${number}`);
    return element("li", "take", element("span", "", `Take ${number}`), figures, remove);
  }

  async #remove(id) {
    await people.removeTake(id);
    await this.#load();
    this.#find("[data-record]").focus();
    this.say("Deleted.");
  }

  // Recording

  #nextPassage(at = this.#passage + 1) {
    this.#passage = at % PASSAGES.length;
    this.#find("[data-passage]").textContent = PASSAGES[this.#passage];
  }

  /** The button of a part that records: begins, and ends. */
  #press(part) {
    if (this.#recording === part) return this.#ended(part);
    if (this.#recording || this.#recorder.on) return;
    this.#before();
    return this.#try(async () => {
      this.#verdict(part, []);
      await this.#recorder.start(part === "take" ? LONGEST_S : LONGEST_ANSWER_S);
      this.#show(part);
      this.say("Recording.");
    });
  }

  #show(part) {
    this.#recording = part;
    for (const each of ["take", "answer"]) {
      const pressed = this.#button(each);
      pressed.dataset.on = String(each === part);
      pressed.querySelector("[data-label]").textContent = each === part ? "Stop" : each === "take" ? "Record" : "Say it";
      this.#meter(each).hidden = each !== part;
    }
    if (!part) return;
    this.#meter(part).querySelector("[data-seconds]").textContent = "0 s"; // not those of the recording before
    this.#meter(part).scrollIntoView({ block: "nearest" });
  }

  #ended(part) {
    const sound = this.#recorder.stop();
    this.#show(null);
    if (!sound) return this.say("That was nothing. Try once more.");
    return this.#try(() => (part === "take" ? this.#send(sound, "microphone") : this.#answer(sound)));
  }

  #showLevel({ rms, peak, seconds }) {
    if (!this.#recording) return;
    const meter = this.#meter(this.#recording);
    const now = levelOf(rms, peak);
    meter.style.setProperty("--level", Math.min(1, Math.sqrt(rms) * 1.6).toFixed(3));
    meter.querySelector("[data-seconds]").textContent = `${seconds.toFixed(0)} s`;
    if (performance.now() - this.#told < LEVEL_MS) return;
    this.#told = performance.now();
    meter.dataset.level = now;
    meter.querySelector("[data-word]").textContent = LEVELS[now];
  }

  async #upload() {
    const [file] = this.file.files;
    this.file.value = "";
    if (file) await this.#try(() => this.#send(file, "upload"));
  }

  async #send(sound, how) {
    this.say("Listening to it…");
    const heard = await people.sendTake(sound, how);
    await this.#load();
    this.#verdict("take", heard.checks, heard.kept ? "That’s a good one. I keep it." : "I don’t keep this one.");
    if (heard.kept) this.#nextPassage();
    this.say(heard.kept ? "That’s a good one. I keep it." : "I don’t keep this one; see why.");
  }

  /** The checks of a recording: what did not pass comes with its advice, the rest is one press away. */
  #verdict(part, checks, said = "") {
    const place = this.#find(`[data-verdict="${part}"]`);
    if (!checks.length) return place.replaceChildren();
    const item = ({ name, value, passed, advice }) =>
      element("li", passed ? "passed" : "failed", element("strong", "", CHECKS[name] ?? name), ` ${value}`, ...(advice ? [element("p", "", advice)] : []));
    const failed = checks.filter(({ passed }) => !passed);
    const list = (items) => {
      const made = element("ul", "checks", ...items.map(item));
      made.setAttribute("role", "list");
      return made;
    };
    const all = element("details", "", element("summary", "small", "What I checked"), list(checks));
    place.replaceChildren(element("p", failed.length ? "wrong" : "right", said), ...(failed.length ? [list(failed)] : []), all);
    place.scrollIntoView({ block: "nearest" });
  }

  // Whose voice it is

  #drawChallenge() {
    const challenge = this.#clone.challenge;
    this.#find("[data-words]").hidden = !challenge;
    this.#find("[data-answering]").hidden = !challenge;
    this.#find("[data-challenge]").textContent = challenge ? "Another sentence" : "Show me the words";
    this.#find("[data-words]").replaceChildren(...(challenge?.words ?? []).flatMap((word) => [element("span", "word", word), " "]));
  }

  async #ask() {
    this.#clone.challenge = await people.challenge();
    this.#verdict("answer", []);
    this.#drawChallenge();
    this.#button("answer").focus();
    this.say("Say these words within three minutes.");
  }

  async #answer(sound) {
    this.say("Listening to it…");
    const { verified, checks, tries_left: left } = await people.answerChallenge(sound);
    await this.#load();
    const tries = left ? `${left === 1 ? "One try" : `${left} tries`} left.` : "Ask for other words.";
    this.#verdict("answer", checks, verified ? "It’s you." : `That didn’t do. ${tries}`);
    this.say(verified ? "It’s you. Your voice can be made now." : `That didn’t do. ${tries}`);
    if (verified) this.#find("[data-make]").focus();
  }

  // Making it, and letting it go

  async #make() {
    this.say("Making your voice…");
    this.#find("[data-making]").hidden = false;
    try {
      this.#clone = await people.submitClone();
    } finally {
      this.#find("[data-making]").hidden = true;
    }
    this.#draw();
    if (this.#clone.state !== "ready") return this.say("It was not made.");
    this.say("Your voice is ready.");
    this.#find("[data-speak]").focus();
  }

  async #speakSo() {
    await people.changeVoice({ ...(await people.voice()), voice: "cloned" });
    this.say("From the next sentence on, I speak in your voice.");
  }

  #askToRevoke() {
    const loses = "Your recordings, your cloned voice and what was spoken with it are deleted. There is no way back.";
    askFirst(this.#step("revoke"), loses, {
      yes: "Delete it",
      no: "Keep it",
      act: () => this.#try(() => this.#revoke()),
      back: () => this.#find("[data-revoke]"),
    });
  }

  async #revoke() {
    this.say("Deleting…");
    const done = await people.revokeClone();
    this.#step("revoke").querySelector(".edit")?.remove();
    this.#verdict("take", []);
    this.#verdict("answer", []);
    await this.#load();
    if (done.code === "revocation_pending") {
      this.say("It is used no more. The provider’s copy goes as soon as it can be reached.");
      return;
    }
    this.say("It is deleted everywhere.");
    const heading = this.#step("receipt").querySelector("h3");
    if (this.#clone.receipt) heading.focus();
  }

  #drawReceipt() {
    this.#receipt = this.#clone.receipt;
    const step = this.#step("receipt");
    step.hidden = !this.#receipt || this.#clone.revoking;
    if (step.hidden) return;
    const facts = {
      Receipt: this.#receipt.id,
      When: moment(this.#receipt.at),
      Deleted: `${this.#receipt.samples} recordings; ${this.#receipt.erased.join(", ")}`,
      Signature: this.#receipt.signature,
    };
    step
      .querySelector("dl")
      .replaceChildren(...Object.entries(facts).flatMap(([name, fact]) => [element("dt", "", name), element("dd", "", fact)]));
  }

  #keepReceipt() {
    return this.#try(async () => {
      this.#publicKey = await people.key().catch(() => null); // the receipt is as good without; it can be had later
      const text = JSON.stringify({ receipt: this.#receipt, verify: this.#publicKey }, null, 2);
      const link = element("a", "");
      link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
      link.download = `rapport-voice-receipt-${this.#receipt.id}.json`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser may still be reading it
      this.say("The receipt is in your downloads.");
    });
  }

  #closed() {
    this.#recorder.stop();
    this.#show(null);
    for (const part of ["take", "answer"]) this.#verdict(part, []);
    this.#step("revoke").querySelector(".edit")?.remove();
    this.problem.hidden = true;
    this.say("");
  }

  #find(selector) {
    return this.dialog.querySelector(selector);
  }

  #step(name) {
    return this.#find(`[data-step="${name}"]`);
  }

  #button(part) {
    return this.#find(part === "take" ? "[data-record]" : "[data-answer]");
  }

  #meter(part) {
    return this.#find(`[data-meter="${part}"]`);
  }
}
