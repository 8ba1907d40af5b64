/** "What I know", its first part: the memories, grouped, searched, edited and forgotten. */
import { button, element, icon, unseen } from "./dom.js";
import { amount, grouped, keeping, problemFor, quoted, sentence, source } from "./known-wording.js";
import { ListsView } from "./known-lists.js";
import { TimersView } from "./known-timers.js";
import { people } from "./people.js";

const TYPING_MS = 250; // after the last key, before a search is sent

export class MemoriesView {
  #memories = [];
  #next = null;
  #words = "";
  #asked = 0; // numbers loads: an answer to an older one is not shown
  #timer = 0;

  /**
   * @param {HTMLElement} panel
   * @param {import("./known.js").Known} known
   */
  constructor(panel, known) {
    this.panel = panel;
    this.known = known;
    this.list = panel.querySelector("[data-list]");
    this.more = panel.querySelector("[data-more]");
    this.lists = new ListsView(panel.querySelector("[data-lists]"), known);
    this.timers = new TimersView(panel.querySelector("[data-timers]"), known);
    this.search = panel.querySelector("input");
    this.search.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.known.try(() => this.load()), TYPING_MS);
    });
    this.more.addEventListener("click", () => this.known.try(() => this.#loadMore()));
    panel.querySelector("[data-allow]").addEventListener("click", () => known.show("consents"));
  }

  async load() {
    const asked = ++this.#asked;
    const { consents } = await this.known.status();
    if (!consents.includes("memory")) {
      this.clear();
      this.#draw({ empty: "refused" });
      return;
    }
    this.#words = this.search.value.trim();
    if (!this.#words) await Promise.all([this.timers.load(), this.lists.load()]);
    const page = this.#words ? null : await people.memories();
    const found = page ? page.memories : (await people.search(this.#words)).found.map(({ memory }) => memory);
    if (asked !== this.#asked) return;
    this.#memories = found;
    this.#next = page?.next ?? null;
    this.#draw({ empty: this.#words ? "unfound" : "none" });
  }

  /** Nothing of the person of before stays. */
  clear() {
    this.#asked++;
    this.#memories = [];
    this.#next = null;
    this.#words = "";
    this.search.value = "";
    this.list.replaceChildren();
    this.lists.clear();
    this.timers.clear();
  }

  async #loadMore() {
    const asked = ++this.#asked;
    const page = await people.memories(this.#next);
    if (asked !== this.#asked) return;
    const first = page.memories[0]?.id;
    this.#memories.push(...page.memories);
    this.#next = page.next;
    this.#draw({});
    this.list.querySelector(`[data-id="${first}"] button`)?.focus();
  }

  #draw({ empty = "none" }) {
    const there = this.#memories.length > 0;
    for (const text of this.panel.querySelectorAll("[data-empty]")) {
      text.hidden = there || text.dataset.empty !== empty;
    }
    this.panel.querySelector(".search").hidden = !there && !this.#words;
    this.more.hidden = this.#next === null;
    this.list.replaceChildren(
      ...grouped(this.#memories).map(({ heading, memories }) =>
        element("section", "group", element("h3", "", heading), list(memories.map((each) => this.#item(each)))),
      ),
    );
    if (this.#words) this.known.say(`${amount(this.#memories.length, "memory", "memories")} found.`);
  }

  #item(memory) {
    const item = element("li", "memory");
    item.dataset.id = memory.id;
    item.dataset.source = memory.told.source;
    const title = sentence(memory.text);
    const name = element("p", "text", title);
    if (memory.sensitivity === "sensitive") name.append(" ", element("span", "tag", "sensitive"));
    const words = quoted(memory);
    const about = element("div", "about", name);
    if (words) about.append(element("p", "words", unseen("You said: "), words));
    about.append(element("p", "small", `${source(memory)}.`));
    about.append(element("p", "small", `${keeping(memory, this.known.titles)}.`));
    const edit = button("tool", [icon("edit"), unseen(`Edit: ${title}`)], () => this.#edit(item, memory));
    const forget = button("tool", [icon("forget"), unseen(`Forget: ${title}`)], () => this.#ask(item, memory));
    item.append(about, element("div", "tools", edit, forget));
    return item;
  }

  #edit(item, memory) {
    const words = element("textarea", "");
    words.value = memory.text;
    words.maxLength = 1000;
    words.setAttribute("aria-label", "What I am to remember");
    const wrong = element("p", "wrong");
    wrong.setAttribute("role", "alert");
    const save = element("button", "pill", "Save");
    const form = element(
      "form",
      "edit",
      words,
      wrong,
      element("div", "choices", save, button("pill", ["Cancel"], () => this.#restore(item, memory))),
    );
    let confirmed = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const text = words.value.replace(/\s+/g, " ").trim();
      if (!text || text === memory.text) return this.#restore(item, memory);
      save.disabled = true;
      try {
        this.#replace(memory, await people.edit(memory.id, text, confirmed));
      } catch (problem) {
        if (problem.code === "erased") return this.known.try(() => Promise.reject(problem));
        save.disabled = false;
        confirmed = problem.code === "confirmation_needed";
        save.textContent = confirmed ? "Keep it" : "Save";
        wrong.textContent = problemFor(problem.code).text;
        save.focus();
      }
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.preventDefault(); // the panel stays open
        event.stopPropagation();
        this.#restore(item, memory);
      } else if (event.key === "Enter" && !event.shiftKey && event.target === words) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    words.addEventListener("input", () => {
      confirmed = false;
      save.textContent = "Save";
      wrong.textContent = "";
    });
    item.replaceChildren(form);
    words.focus();
  }

  #ask(item, memory) {
    const yes = button("pill alarming", ["Forget it"], () => this.known.try(() => this.#forget(item, memory)));
    const no = button("pill", ["Keep it"], () => this.#restore(item, memory));
    const question = element("p", "", "Forget this for good? ", element("q", "", sentence(memory.text)));
    question.id = `forget-${memory.id}`;
    no.setAttribute("aria-describedby", question.id);
    item.replaceChildren(element("div", "edit", question, element("div", "choices", yes, no)));
    no.focus();
  }

  async #forget(item, memory) {
    try {
      await people.forget(memory.id);
    } catch (problem) {
      if (problem.code !== "no_such_memory") throw problem;
    }
    const items = [...this.list.querySelectorAll(".memory")];
    const after = items[items.indexOf(item) + 1] ?? items[items.indexOf(item) - 1];
    const neighbour = after?.dataset.id;
    this.#memories = this.#memories.filter((each) => each !== memory);
    if (this.#next === memory.id) this.#next = this.#memories.at(-1)?.id ?? null;
    this.known.changed();
    this.#draw({ empty: this.#words ? "unfound" : "none" });
    this.known.say("Forgotten.");
    (this.list.querySelector(`[data-id="${neighbour}"] button`) ?? this.known.tab("memories")).focus();
    if (!this.#memories.length) await this.load();
  }

  #replace(before, after) {
    const place = this.#memories.indexOf(before);
    if (this.#next === before.id) this.#next = after.id;
    this.#memories = this.#memories.filter((each) => each.id !== after.id);
    this.#memories.splice(place, 1, after);
    this.known.changed();
    this.#draw({});
    this.list.querySelector(`[data-id="${after.id}"] button`)?.focus();
    this.known.say("Saved.");
  }

  #restore(item, memory) {
    const anew = this.#item(memory);
    item.replaceWith(anew);
    anew.querySelector("button").focus();
  }
}

function list(items) {
  const made = element("ul", "", ...items);
  made.setAttribute("role", "list");
  return made;
}
