// How an answer is shown: where it came from, what it cost, and what it says.

import { age, bar, count, duration, element } from "./element.js";

const TIERS = { l1: "L1, the memory of this process", l2: "L2, the shared store" };
const OUTCOMES = {
  loaded: "from the model",
  joined: "from the model, together with another caller",
  superseded: "from the model; not kept, because something newer came first",
  disabled: "from the model; the cache is off",
};

export function show(reply) {
  return element("div", {}, verdict(reply), race(reply), element("div", { class: "said" }, ...said(reply)));
}

export function inWords(reply) {
  return `${reply.cache.hit ? "Hit" : "Miss"}, ${origin(reply)}, in ${duration(reply.took_us)}. ${reply.answer}`;
}

function origin({ cache }) {
  if (!cache.hit) return OUTCOMES[cache.outcome] ?? `from the model (${String(cache.outcome).replaceAll("_", " ")})`;
  const stale = String(cache.outcome).startsWith("stale") ? ", stale" : "";
  return `from ${TIERS[cache.tier] ?? cache.tier ?? "the cache"}${stale}`;
}

function verdict(reply) {
  const { cache } = reply;
  const stored = cache.age_ms === null ? null : element("span", { class: "hint" }, `stored ${age(cache.age_ms)}`);
  if (stored && cache.cached_at) stored.title = new Date(cache.cached_at).toLocaleString();
  const cut = reply.finish === "stop" ? null : element("span", { class: "badge" }, `NOT WHOLE: ${reply.finish}`);
  return element("div", { class: "verdict" },
    element("span", { class: cache.hit ? "badge hit" : "badge" }, cache.hit ? "HIT" : "MISS"),
    element("span", {}, origin(reply)), stored, cut);
}

function race(reply) {
  const model = reply.model_ms === null ? null : reply.model_ms * 1000;
  const longest = Math.max(reply.took_us, model ?? 0, 1);
  const rows = [element("dt", {}, "This answer"), bar([reply.took_us / longest, reply.cache.hit ? "" : "miss"]), element("dd", {}, duration(reply.took_us))];
  if (model !== null) rows.push(element("dt", {}, "The model"), bar([model / longest, "miss"]), element("dd", {}, duration(model)));
  if (!reply.cache.hit) rows.push(element("dt", {}, "The cache"), bar([reply.cache.cache_us / longest, ""]), element("dd", {}, duration(reply.cache.cache_us)));
  return element("dl", { class: "race" }, ...rows, element("dd", { class: "saved" }, saved(reply)));
}

function saved({ cache, saved, model, text_tier, usage, took_us, model_ms }) {
  const about = `${text_tier} text, model ${model}`;
  if (!cache.hit) return `Nothing saved: ${count(usage.input_tokens)} tokens read, ${count(usage.output_tokens)} written. A ${about}.`;
  const faster = model_ms && took_us ? (model_ms * 1000) / took_us : 0;
  const times = faster >= 2 ? `, ${count(Math.round(faster))} times faster` : "";
  return `Saved ${duration(saved.ms * 1000)}${times}, and ${count(saved.input_tokens + saved.output_tokens)} tokens. A ${about}.`;
}

function said(reply) {
  const { data } = reply;
  if (data === null) return lines(reply.answer);
  if (reply.operation === "sentiment") return sentiment(data);
  if (reply.operation === "key_points") return [points(data.points)];
  if (reply.operation === "questions" && data.questions.length > 0) return [questions(data.questions)];
  if (reply.operation === "qa") return passage(reply);
  return [...lines(reply.answer), data.sentences ? note(`${data.sentences.length} of ${count(data.of)} sentences`) : null].filter(Boolean);
}

const lines = (text) => text.split("\n").filter((line) => line.trim()).map((line) => element("p", {}, line));
const note = (text) => element("span", { class: "label" }, text);

function sentiment(data) {
  const meter = element("meter", { class: "visually-hidden", min: -1, max: 1, value: data.score, "aria-label": "Score" });
  const needle = element("i");
  needle.style.left = `${(data.score + 1) * 50}%`;
  const mood = element("div", { class: "mood" },
    element("strong", {}, data.label), meter, element("div", { class: "gauge", "aria-hidden": "true" }, needle),
    element("div", { class: "scale" }, element("span", {}, "−1"), element("span", {}, `score ${data.score.toFixed(2)}`), element("span", {}, "+1")));
  const share = (part) => `${Math.round(part * 100)} %`;
  const shares = element("div", {},
    bar([data.positive, ""], [data.neutral, "idle"], [data.negative, "bad"]),
    note(`${share(data.positive)} positive, ${share(data.neutral)} neutral, ${share(data.negative)} negative of ${count(data.sentences)} sentences`));
  const words = data.words.map(({ word, weight, count: times }) => {
    const sum = `${weight > 0 ? "+" : "−"}${Math.abs(weight).toFixed(1)}`;
    return element("li", { class: weight < 0 ? "bad" : "" }, `${word} ${sum}${times > 1 ? ` (${times}×)` : ""}`);
  });
  const parts = [mood, shares, note(words.length ? "The words that decided" : "No word carries feeling."), element("ul", { class: "words" }, ...words)];
  for (const [label, sentence] of [["Most positive", data.most_positive], ["Most negative", data.most_negative]]) {
    if (sentence) parts.push(note(label), element("blockquote", {}, sentence));
  }
  return parts;
}

function points(list) {
  return element("ol", {}, ...list.map(({ phrase, sentence }) =>
    element("li", {}, phrase ? element("b", {}, phrase) : null, sentence)));
}

function questions(list) {
  return element("ol", {}, ...list.map(({ question, answer }) =>
    element("li", {}, question, element("details", {}, element("summary", {}, "What the text says"), answer))));
}

function passage({ answer, data }) {
  if (!data.found) return lines(answer);
  const parts = data.weak ? [element("p", {}, "The text says little about this. The nearest passage:")] : [];
  parts.push(element("blockquote", {}, data.passage), note(`${Math.round(data.confidence * 100)} % of the question’s words stand there, weighed by rarity`));
  if (data.alternatives.length > 0) {
    const others = data.alternatives.map(({ text }) => element("p", {}, text));
    parts.push(element("details", {}, element("summary", {}, "Other passages"), ...others));
  }
  return parts;
}
