/** "What I know", above the lists: what is set, and when it is due, to cancel it. */
import { button, element } from "./dom.js";
import { people } from "./people.js";

const NEAR = { weekday: "long", hour: "numeric", minute: "2-digit" };
const FAR = { ...NEAR, day: "numeric", month: "long" };
const NEAR_MS = 6 * 24 * 3600 * 1000;
const KINDS = { timer: "Timer", alarm: "Alarm", reminder: "Reminder" };

export class TimersView {
  /**
   * @param {HTMLElement} place
   * @param {import("./known.js").Known} known
   */
  constructor(place, known) {
    this.place = place;
    this.known = known;
  }

  async load() {
    const { timers } = await people.timers();
    this.clear();
    if (!timers.length) return;
    const items = element("ul", "things", ...timers.map((each) => this.#item(each)));
    items.setAttribute("role", "list");
    this.place.append(element("section", "card list", element("h3", "", "Timers, alarms and reminders"), items));
  }

  clear() {
    this.place.replaceChildren();
  }

  #item(timer) {
    const name = titleOf(timer);
    const cancel = button("pill", ["Cancel"], () => this.known.try(() => this.#cancel(timer, name), "memories"));
    cancel.setAttribute("aria-label", `Cancel: ${name}`);
    const when = timer.repeats || dueText(new Date(timer.due));
    return element("li", "due", element("span", "", name, element("span", "small", when)), cancel);
  }

  async #cancel({ id }, name) {
    await people.cancelTimer(id);
    this.known.changed();
    await this.load();
    this.known.tab("memories").focus();
    this.known.say(`${name} is cancelled.`);
  }
}

function titleOf({ kind, about }) {
  return about ? `${KINDS[kind]}: ${about}` : KINDS[kind];
}

/** @param {Date} due */
function dueText(due) {
  const near = due - Date.now() < NEAR_MS;
  return new Intl.DateTimeFormat(document.documentElement.lang, near ? NEAR : FAR).format(due);
}
