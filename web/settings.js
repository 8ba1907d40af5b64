/** The settings: wake phrase and speech. Kept in this browser; told to whoever asked once they are closed. */
import { recall, remember } from "./memory.js";
import { DEFAULT_PHRASE, wakePhrase } from "./protocol.js";

/**
 * @typedef {object} Settings
 * @property {boolean} wake whether the assistant waits for its phrase
 * @property {string} phrase one to five words
 * @property {boolean} speech whether replies are spoken
 */

export class SettingsDialog {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {HTMLButtonElement} opener
   * @param {(settings: Settings) => void} changed called once they differ from before
   */
  constructor(dialog, opener, changed) {
    this.dialog = dialog;
    this.form = dialog.querySelector("form");
    this.changed = changed;
    const kept = recall("settings") ?? {};
    this.settings = {
      wake: kept.wake === true,
      phrase: wakePhrase(String(kept.phrase ?? "")) ?? DEFAULT_PHRASE,
      speech: kept.speech !== false,
    };
    opener.addEventListener("click", () => this.#open());
    this.form.addEventListener("input", () => this.#check());
    dialog.addEventListener("close", () => this.#take());
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close()); // the backdrop
  }

  #open() {
    const { wake, phrase, speech } = this.form.elements;
    wake.checked = this.settings.wake;
    phrase.value = this.settings.phrase;
    speech.checked = this.settings.speech;
    this.#check();
    this.dialog.showModal();
  }

  #check() {
    const { wake, phrase } = this.form.elements;
    phrase.disabled = !wake.checked;
    const wrong = wake.checked && !wakePhrase(phrase.value);
    phrase.setCustomValidity(wrong ? "One to five words, in letters." : "");
    phrase.setAttribute("aria-invalid", String(wrong));
    this.form.querySelector("#phrase-wrong").hidden = !wrong;
  }

  #take() {
    const { wake, phrase, speech } = this.form.elements;
    const now = {
      wake: wake.checked,
      phrase: wakePhrase(phrase.value) ?? this.settings.phrase,
      speech: speech.checked,
    };
    const before = JSON.stringify(this.settings);
    this.settings = now;
    remember("settings", now);
    if (JSON.stringify(now) !== before) this.changed(now);
  }
}
