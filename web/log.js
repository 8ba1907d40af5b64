/** The conversation on the page: one list item a turn, changed in place so that selected text stays selected. */
import { playedShare } from "./conversation.js";
import { button, element, icon, unseen } from "./dom.js";
import { THUMBS } from "./wording.js";

const NEAR_END_PX = 48;

/** A button that judges an answer. */
function thumb(way, label, press) {
  const made = button("thumb", [icon("thumb")], press);
  made.title = label;
  made.setAttribute("aria-label", label);
  made.dataset.way = way;
  return made;
}

/** One turn's list item. */
class Item {
  element = element("li", "turn");
  #asked = null;
  #reply = null;
  #clauses = new Map();

  #thumbs = null;
  #rate;

  /** @param {(turn: number, rating: "up"|"down") => void} rate called when somebody judges the answer */
  constructor(rate) {
    this.#rate = rate;
  }

  /** @param {import("./conversation.js").Turn} turn */
  show({ id, asked, clauses, cut, rateable, rating }) {
    this.#showAsked(asked);
    if (cut) this.#showCut(cut);
    else for (const clause of clauses) this.#showClause(clause);
    this.#showThumbs(asked !== null && rateable, id, rating);
  }

  #showThumbs(shown, id, rating) {
    if (!shown && !this.#thumbs) return;
    if (!this.#thumbs) {
      this.#thumbs = element("p", "thumbs");
      for (const [way, label] of Object.entries(THUMBS)) this.#thumbs.append(thumb(way, label, () => this.#rate(id, way)));
      this.element.append(this.#thumbs);
    }
    this.#thumbs.hidden = !shown;
    for (const button of this.#thumbs.children) button.setAttribute("aria-pressed", button.dataset.way === rating);
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
   * @param {(turn: number, rating: "up"|"down") => void} rate called when somebody judges an answer
   */
  constructor(scroller, list, latest, rate) {
    this.rate = rate;
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
      const item = new Item(this.rate);
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
