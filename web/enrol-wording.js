/** What "Your own voice" says by itself: what to read, what each check is called, how far it is. Pure. */

/** To be read aloud, one a take; each takes some twelve seconds. */
export const PASSAGES = [
  "On Sundays we used to take the early train to the coast. The carriages were nearly empty, and my grandmother always brought bread, cheese and a bag of cherries for the way.",
  "A good soup needs very little: an onion, two potatoes, a bit of garlic, and the patience to leave it alone. Salt comes last. Who measures everything never learns how it should taste.",
  "The new bridge opened in June, after seven years and three mayors. Cyclists love it, fishermen do not, and the swans have moved a few hundred yards upstream without any fuss.",
  "When the power went out, the whole street came outside. Somebody lit a fire, somebody else fetched a guitar, and for one evening nobody knew what time it was, or cared.",
  "My neighbour repairs clocks. He says that most of them are not broken at all, only tired, and that a quarter of an hour of quiet attention does them more good than any new spring.",
  "If you follow the path behind the school, you reach a small lake. In winter it freezes so clear that you can watch the fish below, hanging quite still, as though they were thinking.",
];

/** Checks of a recording, as they are called on the page. */
export const CHECKS = {
  duration: "Length",
  rate: "Sample rate",
  depth: "Sample size",
  clipping: "Distortion",
  level: "Loudness",
  noise: "Background noise",
  speech: "Speech",
  one_speaker: "One speaker",
  sound: "Sound quality",
  not_assistant: "Not my own voice",
  same_voice: "The same voice",
  words: "The words",
};

/** How loud it is just now. */
export const LEVELS = { quiet: "Come closer", good: "Good", loud: "Too loud" };

/** Why a provider would not make a voice, by its code. */
export const REASONS = {
  voice_limit_reached: "There is no room for another voice in this server’s account. Ask the person who runs it.",
  sample_too_short: "The provider wants more of your voice. Record another take or two.",
  invalid_sample: "The provider could not use a recording. Delete the takes, and record new ones.",
};

export function reasonFor(code) {
  return REASONS[code] ?? "The provider would not make this voice. Record other takes, or ask the person who runs this server.";
}

/** What can be done now. @param {object} clone as the people API has it */
export function stepsOf({ state, revoking, asked, takes, speech_s: speech, enough_s: enough }) {
  const agreed = asked.every(({ granted }) => granted) && !revoking; // one of before goes first
  const open = agreed && ["draft", "consented", "verified", "failed", "revoked"].includes(state);
  return {
    consent: true,
    record: open,
    verify: open && state !== "verified" && state !== "failed" && speech >= enough && takes.length > 0,
    make: agreed && ["verified", "failed", "submitted"].includes(state),
    ready: agreed && state === "ready",
    revoke: (state !== "draft" && state !== "revoked") || takes.length > 0,
  };
}
