/** "What I know", its part about the voice: which one speaks, how, how it would sound, how it answers, and how words are said. */
import { button, element } from "./dom.js";
import { people } from "./people.js";
import { playOnce } from "./preview.js";
import { ADJUSTMENTS, adjusted, describeVoice, NOT_KNOWN, STYLES, USUAL, voicesToChoose, whyAnswered } from "./known-voice-wording.js";

const NEEDED = "voice_personalization";

export class VoiceView {
  #kept = { ...USUAL };
  #answered = NOT_KNOWN;
  #words = [];
  #voices = { voices: [], provider: false, cloned: false };
  #consents = {};
  #playing = null;

  /**
   * @param {HTMLElement} panel
   * @param {import("./known.js").Known} known
   * @param {(play: () => Promise<void>) => Promise<void>} unheard has something played that nobody listens to
   */
  constructor(panel, known, unheard) {
    this.panel = panel;
    this.known = known;
    this.unheard = unheard;
    this.form = panel.querySelector("[data-voice]");
    this.list = this.form.querySelector("[data-voices]");
    this.asking = this.form.querySelector("[data-asking]");
    this.hear = this.form.querySelector("[data-hear]");
    this.hear.addEventListener("click", () => (this.#playing ? this.#playing.abort() : known.try(() => this.#preview())));
    this.form.querySelector("[data-usual]").addEventListener("click", () => known.try(() => this.#reset(), "voice"));
    this.form.addEventListener("input", () => this.#drawNumbers());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      known.try(() => this.#save());
    });
    this.form.querySelector("[data-adjustments]").replaceChildren(...Object.entries(ADJUSTMENTS).map(slider));
    this.spelling = panel.querySelector("[data-pronunciations]");
    this.spelling.addEventListener("submit", (event) => {
      event.preventDefault();
      known.try(() => this.#addWord());
    });
  }

  async load() {
    const [voices, { consents }] = await Promise.all([people.voices(), people.consents()]);
    this.#voices = voices;
    this.#consents = Object.fromEntries(consents.map((each) => [each.purpose, each]));
    const agreed = this.#consents[NEEDED].granted;
    const [answered, profile, { words }] = await Promise.all([
      people.style(),
      ...(agreed ? [people.voice(), people.pronunciations()] : [USUAL, { words: [] }]),
    ]);
    this.#kept = profile;
    this.#answered = answered;
    this.#words = words;
    this.#draw();
  }

  clear() {
    this.#playing?.abort();
    this.asking.replaceChildren();
    this.#kept = { ...USUAL };
    this.#words = [];
    this.spelling.reset();
    this.spelling.querySelector("ul").replaceChildren();
    this.list.replaceChildren();
    this.#answered = NOT_KNOWN;
    for (const part of ["[data-styles]", "[data-why]"]) this.form.querySelector(part).replaceChildren();
  }

  /** Whether somebody is changing something. */
  get busy() {
    return this.#playing !== null || this.asking.hasChildNodes();
  }

  #draw() {
    this.list.replaceChildren(...voicesToChoose(this.#voices, this.#kept.voice).map((each) => this.#choice(each)));
    this.#drawStyles();
    for (const name of Object.keys(ADJUSTMENTS)) this.form.elements[name].value = this.#kept[name];
    this.#drawNumbers();
    const items = this.#words.map(({ word, spoken }, place) => {
      const forget = button("pill", ["Remove"], () => this.known.try(() => this.#removeWord(place), "voice"));
      forget.setAttribute("aria-label", `Remove ${word}`);
      return element("li", "word", element("p", "", element("strong", "", word), ` is said “${spoken}”`), forget);
    });
    this.spelling.querySelector("ul").replaceChildren(...items);
  }

  #choice(voice) {
    const choice = option("voice", voice.name, voice.name === this.#kept.voice, describeVoice(voice));
    if (voice.cloud) choice.firstElementChild.append(element("span", "tag", "Cloud"));
    return choice;
  }

  #drawStyles() {
    const now = this.#answered.style ?? "";
    const choices = Object.entries(STYLES).map(([name, words]) => option("style", name, name === now, words));
    this.form.querySelector("[data-styles]").replaceChildren(...choices);
    this.form.querySelector("[data-why]").textContent = whyAnswered(this.#answered);
  }

  #drawNumbers() {
    for (const [name, value] of Object.entries(this.#chosen)) {
      if (!(name in ADJUSTMENTS)) continue;
      const words = adjusted(name, value);
      this.form.querySelector(`output[for="voice-${name}"]`).textContent = words;
      this.form.elements[name].setAttribute("aria-valuetext", words);
    }
  }

  get #chosen() {
    const numbers = Object.keys(ADJUSTMENTS).map((name) => [name, Number(this.form.elements[name].value)]);
    const voice = this.form.querySelector("[name=voice]:checked")?.value ?? "";
    return { ...this.#kept, voice, ...Object.fromEntries(numbers) };
  }

  async #preview() {
    this.#playing = new AbortController();
    this.hear.lastElementChild.textContent = "Stop";
    this.known.say("");
    try {
      const { signal } = this.#playing;
      const sound = await people.previewVoice(this.#chosen);
      await this.unheard(() => playOnce(sound, signal));
    } finally {
      this.#playing = null;
      this.hear.lastElementChild.textContent = "Hear it";
    }
  }

  async #save() {
    const cloud = voicesToChoose(this.#voices, "").find(({ name }) => name === this.#chosen.voice)?.cloud;
    if (!(await this.#agreedTo(cloud ? [NEEDED, "cloud_speech"] : [NEEDED], () => this.#save()))) return;
    this.#kept = await people.changeVoice(this.#chosen);
    const style = this.form.querySelector("[name=style]:checked").value || null;
    if (style !== this.#answered.style) this.#answered = await people.changeStyle(style);
    this.#drawStyles();
    this.known.changed();
    this.known.say("From the next sentence on, I speak like this.");
  }

  async #reset() {
    if (this.#consents[NEEDED].granted) {
      await people.resetVoice();
      this.#answered = await people.forgetStyle();
    }
    this.#kept = { ...USUAL };
    this.asking.replaceChildren();
    this.#draw();
    this.known.say("From the next sentence on, I speak as usual.");
  }

  async #addWord() {
    const { word, spoken } = Object.fromEntries(new FormData(this.spelling));
    if (!word.trim() || !spoken.trim()) return this.known.say("Write the word, and how it sounds.");
    if (!(await this.#agreedTo([NEEDED], () => this.#addWord()))) return;
    const others = this.#words.filter((each) => each.word.toLowerCase() !== word.trim().toLowerCase());
    this.#words = (await people.sayWords([...others, { word: word.trim(), spoken: spoken.trim() }])).words;
    this.spelling.reset();
    this.#draw();
    this.known.say(`I say ${word.trim()} like that from now on.`);
  }

  async #removeWord(place) {
    const [{ word }] = this.#words.slice(place);
    this.#words = (await people.sayWords(this.#words.filter((_, each) => each !== place))).words;
    this.#draw();
    this.spelling.querySelector("input").focus();
    this.known.say(`I say ${word} as it is written.`);
  }

  /** Whether all of these are agreed to; else asks, in the very words, and goes on after a yes. */
  async #agreedTo(purposes, goOn) {
    const missing = purposes.map((purpose) => this.#consents[purpose]).find(({ granted }) => !granted);
    this.asking.replaceChildren();
    if (!missing) return true;
    const { purpose, title, written, version } = missing;
    const yes = button("primary", ["I agree"], () =>
      this.known.try(async () => {
        await people.agree(purpose, version);
        this.#consents[purpose].granted = true;
        this.known.changed();
        await goOn();
      }, "voice"),
    );
    const no = button("pill", ["Not now"], () => {
      this.asking.replaceChildren();
      this.hear.focus();
    });
    const heading = element("h3", "", title);
    heading.tabIndex = -1;
    this.asking.append(element("div", "card", heading, element("p", "small", written), element("div", "choices", yes, no)));
    heading.focus();
    return false;
  }
}

function option(name, value, checked, [title, about]) {
  const box = element("input", "");
  Object.assign(box, { type: "radio", name, value, checked });
  const words = element("span", "about", element("span", "name", title), element("span", "small", about));
  return element("li", "", element("label", "", box, words));
}

function slider([name, { label, least, most, step }]) {
  const box = element("input", "");
  Object.assign(box, { type: "range", name, id: `voice-${name}`, min: least, max: most, step });
  const title = element("label", "", label);
  title.htmlFor = box.id;
  const words = element("output", "small", "");
  words.htmlFor.add(box.id);
  return element("div", "adjustment", title, words, box);
}
