/** "What I know", its second part: a switch for each purpose, beside the very words that are agreed to. */
import { askFirst, element } from "./dom.js";
import { amount, decision } from "./known-wording.js";
import { people } from "./people.js";

export class ConsentsView {
  /**
   * @param {HTMLElement} panel
   * @param {import("./known.js").Known} known
   */
  constructor(panel, known) {
    this.list = panel.querySelector("[data-list]");
    this.known = known;
  }

  async load() {
    const { consents } = await people.consents();
    this.known.titles = Object.fromEntries(consents.map(({ purpose, title }) => [purpose, title]));
    this.list.replaceChildren(...consents.map((each) => this.#item(each)));
  }

  clear() {
    this.list.replaceChildren();
  }

  #item(consent) {
    const { purpose, title, written, granted, decided } = consent;
    const box = element("input", "");
    box.type = "checkbox";
    box.checked = granted;
    box.setAttribute("role", "switch");
    box.setAttribute("aria-describedby", `consent-${purpose}`);
    const words = element("p", "small", written);
    words.id = `consent-${purpose}`;
    const item = element("li", "consent", element("label", "switch", box, element("span", "", title)), words);
    item.dataset.purpose = purpose;
    if (decided) item.append(element("p", "small decided", decision(decided, granted)));
    box.addEventListener("change", () => {
      box.checked = granted; // it turns when it is so
      if (granted) this.known.try(() => this.#ask(item, consent));
      else this.known.try(() => this.#agree(consent), "consents");
    });
    return item;
  }

  async #agree({ purpose, version, title }) {
    await people.agree(purpose, version);
    await this.#again(purpose);
    this.known.say(`${title}: on.`);
  }

  async #ask(item, consent) {
    const { usage } = await this.known.status();
    const loses =
      consent.purpose === "memory" && usage.items
        ? `This deletes what I remember: ${amount(usage.items, "memory", "memories")}. There is no way back.`
        : "What I keep for this is deleted. There is no way back.";
    askFirst(item, loses, {
      yes: "Turn it off",
      no: "Leave it on",
      act: () => this.known.try(() => this.#withdraw(consent), "consents"),
      back: () => item.querySelector("input"),
    });
  }

  async #withdraw({ purpose, title }) {
    const { erased } = await people.withdraw(purpose);
    await this.#again(purpose);
    this.known.say(`${title}: off. ${amount(erased, "memory", "memories")} deleted.`);
  }

  async #again(purpose) {
    this.known.changed();
    await this.load();
    this.list.querySelector(`[data-purpose="${purpose}"] input`).focus();
  }
}
