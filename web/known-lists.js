/** "What I know", above the memories: lists, to tick off, to add to, and to delete. */
import { askFirst, button, element } from "./dom.js";
import { people } from "./people.js";

export class ListsView {
  #lists = [];

  /**
   * @param {HTMLElement} place
   * @param {import("./known.js").Known} known
   */
  constructor(place, known) {
    this.place = place;
    this.known = known;
  }

  async load() {
    this.#lists = (await people.lists()).lists;
    this.#draw();
  }

  clear() {
    this.#lists = [];
    this.place.replaceChildren();
  }

  #draw() {
    this.place.replaceChildren(...this.#lists.map((each) => this.#card(each)));
  }

  #card(list) {
    const heading = element("h3", "", titleOf(list.name));
    const items = list.items.map((item, place) => this.#item(list, item, place));
    const input = element("input", "");
    Object.assign(input, { maxLength: 80, placeholder: "Add…", autocomplete: "off", enterKeyHint: "done" });
    input.setAttribute("aria-label", `Add to ${titleOf(list.name)}`);
    const form = element("form", "adding", input);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (text) this.known.try(() => this.#change(list, [...list.items, { text, done: false }], "input"), "memories");
    });
    const remove = button("pill", ["Delete the list"], () => this.#ask(card, list));
    const ul = element("ul", "things", ...items);
    ul.setAttribute("role", "list");
    const card = element("section", "card list", heading, ul, form, element("div", "choices", remove));
    card.dataset.name = list.name;
    if (list.items.some(({ done }) => done)) {
      const tidy = button("pill", ["Remove what is done"], () =>
        this.known.try(() => this.#change(list, list.items.filter(({ done }) => !done), "input"), "memories"),
      );
      card.querySelector(".choices").prepend(tidy);
    }
    return card;
  }

  #item(list, { text, done }, place) {
    const box = element("input", "");
    box.type = "checkbox";
    box.checked = done;
    box.addEventListener("change", () => {
      box.checked = done; // it turns when it is so
      const items = list.items.map((each, at) => (at === place ? { ...each, done: !done } : each));
      this.known.try(() => this.#change(list, items, `li:nth-child(${place + 1}) input`), "memories");
    });
    return element("li", "", element("label", "", box, element("span", "", text)));
  }

  async #change(list, items, focus) {
    const changed = await people.changeList(list.name, items);
    this.#lists = this.#lists.map((each) => (each.name === list.name ? changed : each));
    this.known.changed();
    this.#draw();
    this.place.querySelector(`[data-name="${CSS.escape(list.name)}"] ${focus === "input" ? "form input" : focus}`)?.focus();
  }

  #ask(card, list) {
    askFirst(card, `${titleOf(list.name)} is deleted with all that is on it. There is no way back.`, {
      yes: "Delete it",
      no: "Keep it",
      act: () => this.known.try(() => this.#delete(list), "memories"),
      back: () => card.querySelector(".choices .pill:last-child"),
    });
  }

  async #delete({ name }) {
    await people.deleteList(name);
    this.known.changed();
    await this.load();
    this.known.tab("memories").focus();
    this.known.say(`${titleOf(name)} is deleted.`);
  }
}

/** "shopping" as a heading. */
function titleOf(name) {
  return `${name[0].toUpperCase()}${name.slice(1)} list`;
}
