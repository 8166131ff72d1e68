// Live statistics: asked for every two seconds while somebody can see them.

import { bar, count, duration, element, find, percent } from "./element.js";

const EVERY = 2000;
let asking = false;

export const OPERATIONS = { summarize: "Summarize", sentiment: "Sentiment", key_points: "Key points", questions: "Questions", qa: "Answer" };

export function start() {
  refresh();
  setInterval(refresh, EVERY);
  document.addEventListener("visibilitychange", refresh);
}

export async function refresh() {
  if (document.visibilityState !== "visible" || asking) return;
  asking = true;
  try {
    const response = await fetch("/v1/cache/stats", { cache: "no-store", signal: AbortSignal.timeout(5000) });
    show(await response.json());
    find("statistics-state").textContent = "updated every 2 s";
  } catch {
    find("statistics-state").textContent = "the service does not answer";
  } finally {
    asking = false;
  }
}

function show(all) {
  find("model").textContent = all.model;
  totals(all.operations);
  rows(find("operations"), ["Operation", "Hit rate", "Hits", "Misses", "Failed", "A hit takes", "A miss takes", "Saved", "Tokens saved"],
    all.operations.map((row) => [
      OPERATIONS[row.operation] ?? row.operation, share(row), count(row.hits), count(row.misses), count(row.failures),
      duration(row.mean_hit_us), duration(row.mean_miss_us), duration(row.saved_ms * 1000),
      count(row.saved_input_tokens + row.saved_output_tokens),
    ]));
  rows(find("text-tiers"), ["Size", "Hit rate", "Hits", "Misses", "A hit takes"],
    all.text_tiers.map((row) => [row.text_tier, share(row), count(row.hits), count(row.misses), duration(row.mean_hit_us)]));
  tiers(all.cache.tiers);
  state(all.cache);
}

function totals(operations) {
  const sum = (field) => operations.reduce((total, row) => total + row[field], 0);
  const [hits, misses] = [sum("hits"), sum("misses")];
  const asked = hits + misses;
  const figures = [
    [count(asked), "answers"],
    [percent(asked ? hits / asked : null), "hit rate"],
    [duration(sum("saved_ms") * 1000), "of the model’s time saved"],
    [count(sum("saved_input_tokens") + sum("saved_output_tokens")), "tokens saved"],
  ];
  find("totals").replaceChildren(...figures.map(([figure, label]) =>
    element("div", {}, element("span", {}, label), element("b", {}, figure))));
}

// Tiers tell what they know; whatever that is becomes a row, what matters most first.
function tiers(list) {
  const [names, first] = [["tier", "store"], ["hits", "misses", "hit_rate", "entries"]];
  const others = list.flatMap((tier) => Object.keys(tier)).filter((field) => !names.includes(field));
  const fields = [...new Set([...first, ...others])];
  rows(find("tiers"), ["Figure", ...list.map((tier) => `${tier.tier.toUpperCase()} · ${tier.store}`)],
    fields.map((field) => [title(field), ...list.map((tier) => cell(field, tier[field]))]));
}

const STATES = {
  connected: "is connected",
  not_connected: "is not connected",
  breaker_open: "does not answer and is left alone",
  breaker_half_open: "answers again; the next question decides",
};

// The same words for everyone: colour says nothing here that they do not.
function state({ off, degraded, shared, tiers: list }) {
  const stores = list.map((tier) => tier.store).join(" + ");
  find("cache").textContent = off ? "off" : degraded ? `${stores}, degraded` : stores;
  const told = find("degraded");
  const store = shared ? title(shared.store) : null;
  const words = degraded ? `Degraded: ${store} ${STATES[shared.state]}. Answers come without it.` : "";
  // Readers are told of a change, not of every look.
  if (told.textContent !== words) told.textContent = words;
  told.hidden = !degraded;
  find("shared").textContent = shared
    ? `${store} ${STATES[shared.state]}. Breaker ${shared.breaker.replaceAll("_", " ")}, opened ${times(shared.breaker_openings)}; ${count(shared.pending)} changes not acknowledged.`
    : "No tier is shared with other processes.";
}

const times = (number) => (number === 1 ? "once" : `${count(number)} times`);

function cell(field, value) {
  if (typeof value === "number" && field.endsWith("_rate")) return percent(value);
  return typeof value === "number" ? count(value) : String(value ?? "–");
}

function title(field) {
  const words = field.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function share(row) {
  const asked = row.hits + row.misses;
  const parts = asked ? [[row.hits / asked, ""], [row.misses / asked, "miss"]] : [];
  return element("td", { class: "share" }, percent(asked ? row.hits / asked : null), bar(...parts));
}

export function rows(table, heads, lines) {
  const head = element("thead", {}, element("tr", {}, ...heads.map((text) => element("th", { scope: "col", class: text === "Text" ? "text" : null }, text))));
  const body = element("tbody", {}, ...lines.map(([first, ...rest]) => element("tr", {},
    element("th", { scope: "row" }, first),
    ...rest.map((value) => (value instanceof Node ? value : element("td", {}, value))))));
  table.replaceChildren(head, body);
}
