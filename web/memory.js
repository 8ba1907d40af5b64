/**
 * What the page keeps in this browser: the person's token, so that the next visit is the same person's, and
 * the settings. Nothing that was said is ever kept. Where storage is refused, it lasts as long as the page.
 */
const session = new Map();

export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(`rapport.${name}`)) ?? session.get(name) ?? null;
  } catch {
    return session.get(name) ?? null; // refused, or not ours
  }
}

export function remember(name, value) {
  session.set(name, value);
  try {
    localStorage.setItem(`rapport.${name}`, JSON.stringify(value));
  } catch {
    // Private windows refuse: then it is kept for this page only.
  }
}

export function forget(name) {
  session.delete(name);
  try {
    localStorage.removeItem(`rapport.${name}`);
  } catch {
    // Refused: then nothing was kept there.
  }
}
