/** "What I know", its part about what was learnt from talks, suggestions, and experiments: to see, switch off, put off, and leave. */
import { askFirst, button, element } from "./dom.js";
import { COUNTED, countedWords, experimentWords, habitWords, SIGNALS, signalWords, suggestionsWords } from "./known-learnt-wording.js";
import { people } from "./people.js";

export class LearntView {
  #granted = {};

  /**
   * @param {HTMLElement} panel
   * @param {import("./known.js").Known} known
   */
  constructor(panel, known) {
    this.known = known;
    this.learnt = panel.querySelector("[data-learnt]");
    this.suggested = panel.querySelector("[data-suggested]");
    this.experiments = panel.querySelector("[data-experiments]");
  }

  async load() {
    const { consents } = await people.consents();
    this.#granted = Object.fromEntries(consents.map(({ purpose, granted }) => [purpose, granted]));
    const [learnt, suggestions, experiments] = await Promise.all([
      this.#granted.learning ? people.learnt() : null,
      this.#granted.proactive ? people.suggestions() : null,
      this.#granted.analytics ? people.experiments() : null,
    ]);
    this.#drawLearnt(learnt);
    this.#drawSuggestions(suggestions);
    this.#drawExperiments(experiments);
  }

  clear() {
    for (const place of [this.learnt, this.suggested, this.experiments]) place.replaceChildren();
  }

  #drawLearnt(learnt) {
    if (!learnt) return this.learnt.replaceChildren(this.#unagreed("I learn nothing from our talks."));
    const items = [
      ...learnt.signals.map((each) => this.#item(each, SIGNALS[each.name].title, signalWords(each))),
      ...learnt.counts.map((each) => this.#item(each, COUNTED[each.name], countedWords(each))),
    ];
    const list = element("ul", "", ...items);
    list.setAttribute("role", "list");
    const habits = element("p", "small", habitWords(learnt.habits));
    const forget = button("pill", ["Forget all of it"], () =>
      askFirst(this.learnt, "Whatever I learnt from our talks is deleted. I begin anew with the next one.", {
        yes: "Forget it",
        no: "Keep it",
        act: () => this.known.try(() => this.#forget(), "learnt"),
        back: () => forget,
      }),
    );
    this.learnt.replaceChildren(list, element("h3", "", "What you ask for when"), habits, forget);
  }

  #item({ name, on }, title, words) {
    const box = element("input", "");
    Object.assign(box, { type: "checkbox", checked: on });
    box.setAttribute("role", "switch");
    box.setAttribute("aria-describedby", `learnt-${name}`);
    const about = element("p", "small", words);
    about.id = `learnt-${name}`;
    box.addEventListener("change", () => {
      const wished = box.checked;
      box.checked = on; // it turns when it is so
      this.known.try(() => this.#switch(name, title, wished), "learnt");
    });
    const item = element("li", "consent", element("label", "switch", box, element("span", "", title)), about);
    item.dataset.learnt = name;
    return item;
  }

  async #switch(name, title, on) {
    this.#drawLearnt(await people.switchLearnt(name, on));
    this.known.changed();
    this.learnt.querySelector(`[data-learnt="${name}"] input`).focus();
    this.known.say(on ? `${title}: I look at it again.` : `${title}: forgotten, and not looked at any more.`);
  }

  async #forget() {
    await people.forgetLearnt();
    this.known.changed();
    await this.load();
    this.known.tab("learnt").focus();
    this.known.say("I forgot what I learnt from our talks.");
  }

  #drawSuggestions(suggestions) {
    if (!suggestions) return this.suggested.replaceChildren(this.#unagreed("I suggest nothing by myself."));
    const put = (words, days) => button("pill", [words], () => this.known.try(() => this.#putOff(days), "learnt"));
    const choices = suggestions.until ? [put("Have them again", 0)] : [put("None today", 1), put("None for a week", 7)];
    const words = suggestionsWords(suggestions).map((each) => element("p", "small", each));
    this.suggested.replaceChildren(...words, element("div", "choices", ...choices));
  }

  async #putOff(days) {
    const suggestions = await people.putOffSuggestions(days);
    this.known.changed();
    this.#drawSuggestions(suggestions);
    this.suggested.querySelector("button").focus();
    this.known.say(days ? "I hold back with suggestions." : "You get suggestions again.");
  }

  #drawExperiments(experiments) {
    if (!experiments) return this.experiments.replaceChildren(this.#unagreed("I try out nothing with you."));
    const { parts, out, counted } = experiments;
    const words = out ? ["You have a part in none."] : parts.length ? parts.map(experimentWords) : ["None right now."];
    words.push(`Conversations that I counted: ${counted}. How they went, not what was said.`);
    const choose = button("pill", [out ? "Take part again" : "Leave them all"], () =>
      this.known.try(() => this.#leave(!out), "learnt"),
    );
    this.experiments.replaceChildren(...words.map((each) => element("p", "small", each)), choose);
  }

  async #leave(out) {
    const experiments = await people.leaveExperiments(out);
    this.known.changed();
    this.#drawExperiments(experiments);
    this.experiments.querySelector("button").focus();
    this.known.say(out ? "You have a part in no experiment." : "You may have a part in experiments again.");
  }

  #unagreed(words) {
    const see = button("pill", ["See what you can agree to"], () => this.known.show("consents"));
    return element("div", "", element("p", "", words), see);
  }
}
