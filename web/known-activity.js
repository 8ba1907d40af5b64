/** "What I know", its last part: what was done with it, from the audit trail. */
import { element } from "./dom.js";
import { done, moment } from "./known-wording.js";
import { people } from "./people.js";

export class ActivityView {
  #next = null;

  /**
   * @param {HTMLElement} panel
   * @param {import("./known.js").Known} known
   */
  constructor(panel, known) {
    this.panel = panel;
    this.known = known;
    this.list = panel.querySelector("[data-list]");
    this.more = panel.querySelector("[data-more]");
    this.more.addEventListener("click", () => known.try(() => this.#loadMore()));
  }

  async load() {
    const { entries, next } = await people.activity();
    this.list.replaceChildren();
    this.#add(entries, next);
    this.panel.querySelector("[data-empty]").hidden = entries.length > 0;
  }

  clear() {
    this.list.replaceChildren();
    this.more.hidden = true;
  }

  async #loadMore() {
    const { entries, next } = await people.activity(this.#next);
    this.#add(entries, next);
  }

  #add(entries, next) {
    this.#next = next;
    this.more.hidden = next === null;
    for (const entry of entries) {
      const when = element("time", "small", moment(entry.at));
      when.dateTime = entry.at;
      const number = element("span", "small", `No. ${entry.number}`);
      number.title = `SHA-256 ${entry.hash}`;
      this.list.append(element("li", "entry", element("p", "", done(entry, this.known.titles)), when, number));
    }
  }
}
