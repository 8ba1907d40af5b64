/** "What I know": the panel, its six parts, and what goes wrong in any of them. */
import { ActivityView } from "./known-activity.js";
import { ConsentsView } from "./known-consents.js";
import { DataView } from "./known-data.js";
import { LearntView } from "./known-learnt.js";
import { MemoriesView } from "./known-memories.js";
import { VoiceView } from "./known-voice.js";
import { problemFor } from "./known-wording.js";
import { people, Problem } from "./people.js";

export class Known {
  /** What purposes are called, by purpose. */
  titles = {};
  #views;
  #current = "memories";
  #status = null;
  #again = null;
  #forgetPerson;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {HTMLButtonElement} opener
   * @param {(how: {leaving: boolean}) => void} forgetPerson called when the person of this page is nobody any more;
   *   `leaving`: they may not go on talking, else they are just being told so
   * @param {(play: () => Promise<void>) => Promise<void>} unheard has something played that nobody listens to
   */
  constructor(dialog, opener, forgetPerson, unheard) {
    this.dialog = dialog;
    this.#forgetPerson = forgetPerson;
    this.#views = {
      memories: new MemoriesView(this.#panel("memories"), this),
      consents: new ConsentsView(this.#panel("consents"), this),
      voice: new VoiceView(this.#panel("voice"), this, unheard),
      learnt: new LearntView(this.#panel("learnt"), this),
      data: new DataView(this.#panel("data"), this),
      activity: new ActivityView(this.#panel("activity"), this),
    };
    opener.addEventListener("click", () => this.show("memories"));
    dialog.querySelector("[data-close]").addEventListener("click", () => this.close());
    dialog.addEventListener("click", ({ target }) => target === dialog && this.close()); // the backdrop
    dialog.addEventListener("close", () => this.#closed());
    const tabs = dialog.querySelector("[role=tablist]");
    tabs.addEventListener("click", ({ target }) => {
      const tab = target.closest("[role=tab]");
      if (tab) this.show(tab.dataset.tab);
    });
    tabs.addEventListener("keydown", (event) => this.#steer(event));
    this.problem = dialog.querySelector("[data-problem]");
    this.problem.querySelector("button").addEventListener("click", () => this.try(this.#again));
  }

  /** Opens the panel at a part, and loads that. */
  show(part) {
    this.#current = part;
    for (const name of Object.keys(this.#views)) {
      const chosen = name === part;
      this.tab(name).setAttribute("aria-selected", String(chosen));
      this.tab(name).tabIndex = chosen ? 0 : -1;
      this.#panel(name).hidden = !chosen;
    }
    this.say("");
    if (!this.dialog.open) {
      this.#status = null;
      this.dialog.showModal();
      this.tab(part).focus();
    } else if (document.activeElement === document.body || document.activeElement.closest("[hidden]")) {
      this.tab(part).focus();
    }
    return this.try(() => this.#load(part));
  }

  close() {
    this.dialog.close();
  }

  /** What the voice channel wants shown. */
  async present({ show, ticket, receipt }) {
    if (show === "receipt") await this.erased(receipt, { leaving: false });
    if (show === "voices") await this.show("voice");
    if (show === "export") {
      await this.show("data");
      this.#views.data.offer(ticket);
    }
  }

  /** Something was answered: what is shown may have changed with it. Whoever is in the midst of it is left alone. */
  refresh() {
    const panel = this.#panel(this.#current);
    const busy = panel.querySelector(".edit") || panel.contains(document.activeElement) || !this.problem.hidden;
    if (!this.dialog.open || busy || this.#views[this.#current].busy || this.#current === "data") return;
    this.changed();
    this.try(() => this.#load(this.#current));
  }

  /** The person of this page is gone: nothing of them stays, and the receipt is shown. */
  async erased(receipt, { leaving }) {
    this.#forget({ leaving });
    this.#views.data.prove(receipt);
    await this.show("data");
    this.#panel("data").querySelector("[data-receipt] h3").focus();
    this.say("Everything about you is erased.");
  }

  /** Who it is and how much is kept, asked for once until something changes. */
  async status() {
    this.#status ??= people.status();
    try {
      return await this.#status;
    } catch (problem) {
      this.#status = null;
      throw problem;
    }
  }

  /** What is kept has changed. */
  changed() {
    this.#status = null;
  }

  /**
   * Does something that can go wrong, and says so where it does.
   * @param {() => Promise<void>} what
   * @param {?string} reload a part to load anew after a problem
   */
  async try(what, reload = null) {
    this.problem.hidden = true;
    try {
      await what();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.code === "erased") return this.#erasedElsewhere();
      this.changed();
      const { text, again } = problemFor(problem.code);
      this.#again = reload || problem.code === "no_such_memory" ? () => this.#load(this.#current) : what;
      this.problem.querySelector("p").textContent = problem.waitS ? `${text} (${problem.waitS} s)` : text;
      this.problem.querySelector("button").hidden = !again;
      this.problem.hidden = false;
    }
  }

  /** Tells a screen reader, and whoever looks at the panel's foot. */
  say(text) {
    this.dialog.querySelector("[data-said]").textContent = text;
  }

  /** The switch of a purpose. */
  consent(purpose) {
    return this.#panel("consents").querySelector(`[data-purpose="${purpose}"] input`);
  }

  tab(part) {
    return this.dialog.querySelector(`[data-tab="${part}"]`);
  }

  #panel(part) {
    return this.dialog.querySelector(`#known-${part}`);
  }

  async #load(part) {
    const panel = this.#panel(part);
    panel.setAttribute("aria-busy", "true");
    try {
      if (!Object.keys(this.titles).length) {
        const { consents } = await people.consents();
        this.titles = Object.fromEntries(consents.map(({ purpose, title }) => [purpose, title]));
      }
      await this.#views[part].load();
    } finally {
      panel.removeAttribute("aria-busy");
    }
  }

  #forget(how) {
    this.#status = null;
    for (const view of Object.values(this.#views)) view.clear();
    this.#forgetPerson(how);
  }

  /** In another window, or by voice while this page was away. */
  async #erasedElsewhere() {
    this.#forget({ leaving: true });
    await this.show(this.#current);
    this.say("You were erased, so I begin anew: I don’t know who you are.");
  }

  #closed() {
    this.#views.data.forgetReceipt();
    this.#views.memories.clear();
    this.#views.voice.clear();
    this.#views.data.clear();
    this.problem.hidden = true;
  }

  #steer(event) {
    const names = Object.keys(this.#views);
    const at = names.indexOf(this.#current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const name = names[(to + names.length) % names.length];
    this.tab(name).focus();
    this.show(name);
  }
}
