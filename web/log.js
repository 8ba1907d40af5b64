/** The conversation on the page: one list item a turn, changed in place so that selected text stays selected. */
import { playedShare } from "./conversation.js";
import { element, unseen } from "./dom.js";

const NEAR_END_PX = 48;

/** One turn's list item. */
class Item {
  element = element("li", "turn");
  #asked = null;
  #reply = null;
  #clauses = new Map();

  /** @param {import("./conversation.js").Turn} turn */
  show({ asked, clauses, cut }) {
    this.#showAsked(asked);
    if (cut) this.#showCut(cut);
    else for (const clause of clauses) this.#showClause(clause);
  }

  #showAsked(asked) {
    if (!asked) {
      this.#asked?.remove();
      this.#asked = null;
      return;
    }
    if (!this.#asked) {
      this.#asked = element("p", "asked", unseen("You: "), element("span", ""));
      this.element.prepend(this.#asked);
    }
    this.#asked.lastChild.textContent = asked.text;
    this.#asked.classList.toggle("settled", asked.settled);
    this.#asked.dataset.source = asked.source;
  }

  #body() {
    if (!this.#reply) {
      this.#reply = element("p", "reply", unseen("Rapport: "));
      this.element.append(this.#reply);
    }
    return this.#reply;
  }

  #showClause(clause) {
    const { id, text, state } = clause;
    if (!this.#clauses.has(id)) {
      const made = element("span", "clause", text);
      this.#clauses.set(id, made);
      this.#body().append(made, " ");
    }
    const span = this.#clauses.get(id);
    span.dataset.state = state;
    span.style.setProperty("--played", playedShare(clause).toFixed(3));
  }

  #showCut({ heard, unheard }) {
    const parts = [this.#body().firstChild];
    if (heard) parts.push(element("span", "clause", heard), " ");
    if (unheard) parts.push(element("del", "unheard", unseen("Cut off, not spoken: "), unheard));
    this.#body().replaceChildren(...parts);
  }
}

export class Log {
  #items = new Map();
  #following = true;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} list
   * @param {HTMLButtonElement} latest brings the newest turn back into view
   */
  constructor(scroller, list, latest) {
    this.scroller = scroller;
    this.list = list;
    this.latest = latest;
    scroller.addEventListener("scroll", () => this.#see(), { passive: true });
    latest.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.#follow()).observe(scroller);
  }

  /**
   * @param {import("./conversation.js").Turn[]} changed
   * @param {import("./conversation.js").Turn[]} all
   */
  show(changed, all) {
    for (const turn of changed) {
      if (all.includes(turn)) this.#item(turn.key).show(turn);
      else this.#take(turn.key);
    }
    if (changed.length) this.#follow();
  }

  toEnd() {
    this.#following = true;
    this.#follow();
  }

  #item(key) {
    if (!this.#items.has(key)) {
      const item = new Item();
      this.#items.set(key, item);
      this.list.append(item.element);
    }
    return this.#items.get(key);
  }

  #take(key) {
    this.#items.get(key)?.element.remove();
    this.#items.delete(key);
  }

  #see() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.#following = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (this.#following) this.latest.hidden = true;
  }

  #follow() {
    const { scrollHeight, clientHeight } = this.scroller;
    if (this.#following && this.#items.size) this.scroller.scrollTop = scrollHeight;
    this.latest.hidden = this.#following || scrollHeight <= clientHeight;
  }
}
