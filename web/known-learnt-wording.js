/** What the part about what was learnt says by itself. Pure. */

const percent = (share) => `${Math.round(share * 100)} %`;

/** What is looked at: what it is called, what was seen, and what I do then, or would do. */
export const SIGNALS = Object.freeze({
  cuts: {
    title: "Whether you cut me off",
    seen: (share) => `You cut off ${percent(share)} of my answers.`,
    then: "I keep them short.",
  },
  more: {
    title: "Whether you ask for more",
    seen: (share) => `You wanted to know more after ${percent(share)} of my answers.`,
    then: "I go into detail.",
  },
  courtesy: {
    title: "Whether you say please and thank you",
    seen: (share) => `You do, in ${percent(share)} of what you say.`,
    then: "I answer warmly.",
  },
  formality: {
    title: "Whether you choose formal words",
    seen: (share) => `${percent(share)} of your words that are formal or casual are formal.`,
    then: "I’m formal, too.",
  },
  humour: {
    title: "Whether you joke",
    seen: (share) => `${percent(share)} of what you say is for fun.`,
    then: "I join in.",
  },
  repeats: {
    title: "Whether I have to repeat myself",
    seen: (share) => `You had ${percent(share)} of my answers repeated.`,
    then: "I speak slower.",
  },
  hurry: {
    title: "How fast you speak",
    seen: (share) => `You spoke fast in ${percent(share)} of what you said.`,
    then: "I speak quicker, too.",
  },
  unanswered: {
    title: "Whether you mind being asked back",
    seen: (share) => `You left ${percent(share)} of my questions unanswered.`,
    then: "I ask about one thing only.",
  },
  fahrenheit: {
    title: "Celsius or Fahrenheit",
    seen: (share) => `You asked for Fahrenheit in ${percent(share)} of the cases.`,
    then: "I use Fahrenheit.",
  },
});

/** What is counted by name. */
export const COUNTED = Object.freeze({
  topics: "What you ask for",
  names: "Places that you name",
  depth: "What you ask more about",
});

/** What was seen of a signal, and what follows. */
export function signalWords({ name, on, share, from_share: from, follows }) {
  if (!on) return "I don’t look at this.";
  const { seen, then } = SIGNALS[name];
  if (share === null) return `I haven’t seen enough yet. From ${percent(from)} on: ${then}`;
  return follows ? `${seen(share)} So: ${then}` : `${seen(share)} From ${percent(from)} on: ${then}`;
}

/** What counts most. */
export function countedWords({ on, most, name }) {
  if (!on) return "I don’t look at this.";
  if (!most.length) return "Nothing yet.";
  if (name === "names") return `${most.join(", ")}. I listen for these.`;
  return `${most.map(topicWords).join(", ")}. ${name === "topics" ? "These I think of first." : "Of these I tell you more."}`;
}

/** What is asked for when. */
export function habitWords(habits) {
  if (!habits.length) return "No habits yet. Something is one after three days at about the same time.";
  const told = habits.map(({ topic, around, days, of_days: of }) => `${topicWords(topic)} around ${around}, on ${days} of the last ${of} days`);
  return `${told.join("; ")}.`;
}

/** How it stands with suggestions, in sentences. */
export function suggestionsWords({ today, most, until, families }) {
  const first = until ? `None until ${until}.` : `${today || "None"} so far today; at most ${most} a day, and none late.`;
  const answers = families.map(
    ({ family, yes, no, rests }) => `${familyWords(family)}: ${yes} × yes, ${no} × no${rests ? "; I leave that be for now" : ""}.`,
  );
  return [first, ...answers];
}

const PIECES = Object.freeze({
  style: "the way of answering that I learnt",
  readings: "questions back that fit you",
  suggestions: "suggestions",
  memories: "memories in the order that fits you",
  pace: "the pace that I learnt",
  scale: "the scale that I learnt",
  names: "places that I listen for",
});

/** An experiment that one has a part in. */
export function experimentWords({ asks, without, since }) {
  const left = without.map((piece) => PIECES[piece]).join(", ");
  return `“${asks}” Since ${since}, ${left ? `you do without ${left}` : "you get everything"}.`;
}

/** An intent's name as words: "ask_weather" is "weather". */
function topicWords(topic) {
  return topic.replace(/^(ask|smalltalk|set)_/, (verb) => (verb === "set_" ? "setting " : "")).replaceAll("_", " ");
}

function familyWords(family) {
  if (family === "follow_up") return "How something went";
  if (family === "wish") return "What you wanted to do";
  const words = topicWords(family.replace("habit/", ""));
  return words[0].toUpperCase() + words.slice(1);
}
