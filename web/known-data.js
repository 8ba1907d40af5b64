/** "What I know", its third part: a copy of everything, and the end of everything, with its receipt. */
import { element } from "./dom.js";
import { amount, moment } from "./known-wording.js";
import { people } from "./people.js";

const WORDS = "erase me";

export class DataView {
  #ticket = null;
  #receipt = null;
  #publicKey = null;

  /**
   * @param {HTMLElement} panel
   * @param {import("./known.js").Known} known
   */
  constructor(panel, known) {
    this.panel = panel;
    this.known = known;
    this.words = panel.querySelector("#erase-words");
    this.eraser = panel.querySelector("[data-erase]");
    const form = panel.querySelector("[data-erasure]");
    panel.querySelector("[data-download]").addEventListener("click", () => known.try(() => this.#download()));
    this.words.addEventListener("input", () => this.#check());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#meant) known.try(() => this.#erase());
    });
    panel.querySelector("[data-copy]").addEventListener("click", () => known.try(() => this.#copy()));
    panel.querySelector("[data-keep]").addEventListener("click", () => this.#keep());
    panel.querySelector("[data-anew]").addEventListener("click", () => known.close());
  }

  async load() {
    this.#draw();
    if (this.#receipt) return;
    const { known, usage, quota } = await this.known.status();
    const share = Math.ceil((100 * usage.items) / quota.items);
    this.panel.querySelector("[data-amount]").textContent = known
      ? `I keep ${amount(usage.items, "memory", "memories")} of you, ${share} % of the room there is.`
      : "I keep nothing about you.";
    this.panel.querySelector("[data-download]").disabled = !known;
  }

  clear() {
    this.#ticket = null;
    this.words.value = "";
    this.#check();
  }

  /** A copy was asked for aloud: it waits behind the button. */
  offer(ticket) {
    this.#ticket = ticket;
    this.#draw();
    this.panel.querySelector("[data-download]").disabled = false;
    this.panel.querySelector("[data-download]").focus();
    this.known.say("Your copy is ready.");
  }

  /** Proof of an erasure; `pending` where a part of it has to wait. */
  async prove(receipt) {
    this.#receipt = receipt;
    this.#draw();
    this.panel.querySelector("[data-receipt] h3").focus();
    this.#publicKey = await people.key().then(
      (key) => key,
      () => null, // the receipt is as good without; the key can be had later
    );
  }

  /** The receipt was seen: nothing is left of it. */
  forgetReceipt() {
    this.#receipt = null;
  }

  get #meant() {
    return this.words.value.trim().toLowerCase() === WORDS;
  }

  #check() {
    this.eraser.disabled = !this.#meant;
  }

  #draw() {
    const receipt = this.#receipt;
    this.panel.querySelector("[data-mine]").hidden = receipt !== null;
    this.panel.querySelector("[data-receipt]").hidden = receipt === null;
    this.panel.querySelector("[data-ready]").hidden = this.#ticket === null;
    if (!receipt) return;
    const pending = receipt.code === "erasure_pending";
    this.panel.querySelector("[data-pending]").hidden = !pending;
    this.panel.querySelector("[data-proof]").hidden = pending;
    if (pending) return;
    const facts = {
      Receipt: receipt.id,
      When: moment(receipt.at),
      Erased: `${amount(receipt.memories, "memory", "memories")}, in ${amount(receipt.erased.length, "place", "places")}`,
      Searched: `${amount(receipt.searched_files, "file", "files")}; nothing of you was left`,
      Signature: receipt.signature,
    };
    this.panel
      .querySelector("dl")
      .replaceChildren(...Object.entries(facts).flatMap(([name, fact]) => [element("dt", "", name), element("dd", "", fact)]));
  }

  async #download() {
    const download = this.panel.querySelector("[data-download]");
    download.disabled = true;
    this.known.say("Getting everything together…");
    const ticket = this.#ticket;
    this.#ticket = null;
    try {
      const everything = await people.everything(ticket);
      save(everything, `rapport-${new Date().toISOString().slice(0, 10)}.zip`);
      this.known.say("Your copy is in your downloads.");
    } finally {
      download.disabled = false;
      this.#draw();
    }
  }

  async #erase() {
    this.eraser.disabled = true;
    this.known.say("Erasing everything…");
    let receipt;
    try {
      receipt = await people.erase();
    } finally {
      this.#check();
    }
    this.known.erased(receipt, { leaving: true });
  }

  async #copy() {
    const told = await navigator.clipboard.writeText(this.#text()).then(
      () => "Copied.",
      () => "Your browser doesn’t let me copy. Download it instead.",
    );
    this.known.say(told);
  }

  #keep() {
    save(new Blob([this.#text()], { type: "application/json" }), `rapport-receipt-${this.#receipt.id}.json`);
    this.known.say("The receipt is in your downloads.");
  }

  #text() {
    return JSON.stringify({ receipt: this.#receipt, verify: this.#publicKey }, null, 2);
  }
}

/** Has the browser keep a file. */
function save(content, name) {
  const link = element("a", "");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser may still be reading it
}
