/** The drawer with the turn's latencies, and the figure on the button that opens it. */
import { milestones } from "./latency.js";

export class Drawer {
  #turn = 0;
  #metrics = {};

  /** @param {HTMLElement} panel @param {HTMLButtonElement} opener */
  constructor(panel, opener) {
    this.panel = panel;
    this.opener = opener;
    opener.addEventListener("click", () => this.toggle());
    panel.querySelector("[data-close]").addEventListener("click", () => this.toggle(false));
  }

  get open() {
    return !this.panel.hidden;
  }

  toggle(open = !this.open) {
    this.panel.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    if (open) this.panel.querySelector("[data-close]").focus();
    else this.opener.focus();
  }

  /** Adds figures to a turn; a newer turn begins a new table. */
  add(turn, figures) {
    if (turn < this.#turn) return;
    if (turn > this.#turn) this.#metrics = {};
    this.#turn = turn;
    Object.assign(this.#metrics, figures);
    this.#draw();
  }

  /** A new session counts its turns from 1 again. */
  reset() {
    this.#turn = 0;
  }

  #draw() {
    const rows = milestones(this.#metrics);
    const list = this.panel.querySelector("dl");
    list.replaceChildren(...rows.flatMap((row) => this.#row(row)));
    this.panel.querySelector("[data-empty]").hidden = rows.length > 0;
    const { synthesis_ms: synthesis } = this.#metrics;
    const voice = this.panel.querySelector("[data-synthesis]");
    voice.hidden = !Number.isFinite(synthesis);
    voice.textContent = `Of that, the voice took ${Math.round(synthesis)} ms to begin.`;
    const { ear_ms: ear, first_audio_ms: sent, first_reply_ms: text } = this.#metrics;
    const total = ear ?? sent ?? text;
    if (total !== undefined) {
      this.opener.querySelector("[data-total]").textContent = `${(total / 1000).toFixed(2)} s`;
    }
  }

  #row({ name, label, ms, share }) {
    const term = document.createElement("dt");
    term.textContent = label;
    const figure = document.createElement("dd");
    figure.dataset.name = name;
    figure.textContent = `${ms} ms`;
    figure.style.setProperty("--share", share.toFixed(3));
    return [term, figure];
  }
}
