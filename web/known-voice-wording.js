/** What the part about the voice says by itself. Pure. */

/** The usual way to speak, as far as it is chosen here; the people API knows the rest of a profile. */
export const USUAL = Object.freeze({ voice: "", pace: 1, pitch: 0, cadence: 1, warmth: 0 });

/** What can be adjusted of any voice, with its range and step. */
export const ADJUSTMENTS = {
  pace: { label: "Pace", least: 0.6, most: 1.6, step: 0.05, less: "slower", more: "faster" },
  pitch: { label: "Pitch", least: -6, most: 6, step: 0.5, less: "deeper", more: "higher" },
  warmth: { label: "Warmth", least: -1, most: 1, step: 0.1, less: "brighter", more: "warmer" },
  cadence: { label: "Pauses", least: 0.25, most: 3, step: 0.25, less: "shorter", more: "longer" },
};

/** A slider's place in words: "as usual", "a little slower", "deeper", "much deeper". */
export function adjusted(name, value) {
  const { least, most, less, more } = ADJUSTMENTS[name];
  const usual = USUAL[name];
  const share = value < usual ? (usual - value) / (usual - least) : (value - usual) / (most - usual);
  if (share < 0.02) return "as usual";
  const way = value < usual ? less : more;
  if (share < 0.34) return `a little ${way}`;
  return share < 0.7 ? way : `much ${way}`;
}

/** What can be chosen: no choice, the person's own voice where there is one, and those of the server. */
export function voicesToChoose({ voices, cloned }, kept) {
  const own = cloned || kept === "cloned" ? [{ name: "cloned", cloud: true }] : [];
  const gone = kept && kept !== "cloned" && !voices.some(({ name }) => name === kept) ? [{ name: kept, gone: true }] : [];
  return [{ name: "" }, ...own, ...gone, ...voices];
}

/** A voice's name, and what there is to say of it. */
export function describeVoice({ name, accent, gender, about, gone }) {
  if (name === "") return ["My usual voice", "The best that there is for you"];
  if (name === "cloned") return ["Your own voice", "Made from your recordings"];
  const title = name[0].toUpperCase() + name.slice(1);
  if (gone) return [title, "Can’t speak here now, so my usual voice does"];
  const origin = accent[0].toUpperCase() + accent.slice(1);
  return [title, `${origin} ${gender === "female" ? "woman" : "man"}. Sounds ${about}.`];
}

/** Ways to answer, by their names in the API; none is the usual one. */
export const STYLES = Object.freeze({
  "": ["The usual way", "As I answer everybody"],
  concise: ["In few words", "No more than you asked for"],
  warm: ["Warmly", "With some kindness"],
  playful: ["Playfully", "With a wink"],
  formal: ["Formally", "With good manners"],
  expert: ["In detail", "With more to it"],
});

/** How somebody is answered of whom nothing is kept. */
export const NOT_KNOWN = Object.freeze({ style: null, said: false, share: 0 });

const LEARNT = Object.freeze({
  concise: (share) => `I keep it short, since you cut off ${share} of my answers.`,
  expert: (share) => `I go into detail, since you asked for more after ${share} of my answers.`,
  warm: (share) => `I answer warmly, since you’re polite in ${share} of what you say.`,
  formal: (share) => `I’m formal, since you choose formal words ${share} of the time.`,
  playful: (share) => `I’m playful, since ${share} of what you say is for fun.`,
});

/** Why somebody is answered like this. */
export function whyAnswered({ style, said, share }) {
  if (said) return "As you wished.";
  if (style) return `${LEARNT[style](`${Math.round(share * 100)} %`)} Choose what you like better.`;
  return "Nothing chosen yet.";
}
