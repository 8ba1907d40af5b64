/** One notice at a time, above the conversation: what went wrong, and a button that mends it where one can. */
import { NOTICES } from "./wording.js";

const PASSING_MS = 6000;

export class Notice {
  #timer = 0;
  code = null;
  action = null;

  /**
   * @param {HTMLElement} box
   * @param {Object<string, () => void>} actions what notices' own buttons do, by name
   */
  constructor(box, actions) {
    this.box = box;
    this.text = box.querySelector("[data-text]");
    this.button = box.querySelector("[data-action]");
    this.button.addEventListener("click", () => actions[this.action]());
    box.querySelector("[data-close]").addEventListener("click", () => this.clear());
  }

  /** @param {string} code a key of NOTICES */
  show(code) {
    const { text, action, label, passing } = NOTICES[code];
    clearTimeout(this.#timer);
    this.code = code;
    this.action = action;
    this.box.dataset.code = code;
    this.box.hidden = false;
    this.text.textContent = text;
    this.button.hidden = !action;
    this.button.textContent = label ?? "";
    if (passing) this.#timer = setTimeout(() => this.clear(code), PASSING_MS);
  }

  /** Takes the notice away: any, or only if it is one of those named. */
  clear(...codes) {
    if (codes.length && !codes.includes(this.code)) return;
    clearTimeout(this.#timer);
    this.code = null;
    this.box.hidden = true;
    this.text.textContent = "";
  }
}
