/** Making elements. */

/** @param {string} name @param {string} className @param {...(Node|string)} children @returns {HTMLElement} */
export function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** Words for ears only: what sighted people see by colour or a line through the text. */
export function unseen(text) {
  return element("span", "unseen", text);
}

/** One of index.html's symbols. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** @param {string} className @param {(Node|string)[]} children @param {() => void} pressed */
export function button(className, children, pressed) {
  const made = element("button", className, ...children);
  made.type = "button";
  made.addEventListener("click", pressed);
  return made;
}

let questions = 0;

/**
 * Asks before something that can't be undone, once at a time in a place; the safe answer has the focus.
 * @param {HTMLElement} place
 * @param {string} text what is lost
 * @param {{yes: string, no: string, act: () => void, back: () => HTMLElement}} answers `back`: what gets the focus after
 *   a no
 */
export function askFirst(place, text, { yes, no, act, back }) {
  if (place.querySelector(".edit")) return;
  const what = element("p", "", text);
  what.id = `question-${++questions}`;
  const keep = button("pill", [no], () => {
    question.remove();
    back().focus();
  });
  keep.setAttribute("aria-describedby", what.id);
  const question = element("div", "edit", what, element("div", "choices", button("pill alarming", [yes], act), keep));
  place.append(question);
  keep.focus();
}
