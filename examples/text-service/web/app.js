// The form: what is asked, and what becomes of it.

import { inWords, show } from "./answer.js";
import { count, duration, element, find } from "./element.js";
import * as statistics from "./statistics.js";

const MAX_TEXT = 200_000;
const MAX_HISTORY = 20;
const OPTION = {
  summarize: { name: "max_sentences", label: "Sentences at most", standard: 3 },
  key_points: { name: "count", label: "How many points", standard: 5 },
  questions: { name: "count", label: "How many questions", standard: 5 },
};

const form = find("ask");
const documents = new Map();
const history = [];
let asked = null;
let running = 0;

const operation = () => form.elements.operation.value;

async function call(path, body) {
  const request = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...request });
  } catch {
    throw { message: "The service does not answer.", fix: "Check that it still runs, then ask again." };
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw answer.error ?? { message: `The service answered with status ${response.status}.`, fix: "Ask again." };
  return answer;
}

// What the form says now, or null when it says too little; then the focus is where something is missing.
function question() {
  const chosen = operation();
  const text = find("text").value;
  const known = documents.get(find("document").value);
  const body = known && known.text === text ? { document: known.name } : { text };
  if (chosen === "qa") body.question = find("question").value;
  const option = OPTION[chosen];
  if (option && find("option").value !== "") body.options = { [option.name]: Number(find("option").value) };
  const missing = chosen === "qa" && !body.question.trim() ? "question" : text.trim() ? null : "text";
  if (missing) {
    fail({ message: `There is no ${missing} yet.`, fix: missing === "text" ? "Paste a text, or choose a document." : "Write what you want to know." });
    find(missing).focus();
    return null;
  }
  return { operation: chosen, body, title: known && body.document ? known.title : text.trim().slice(0, 60) };
}

async function ask(what) {
  if (!what) return;
  const turn = ++running;
  busy(true);
  try {
    const reply = await call(`/v1/text/${what.operation}`, what.body);
    if (turn !== running) return;
    asked = what;
    fail(null);
    find("nothing").hidden = true;
    find("answer").replaceChildren(show(reply));
    find("answer").hidden = find("again").hidden = false;
    find("announcement").textContent = inWords(reply);
    remember(what, reply);
    if (matchMedia("(max-width: 56rem)").matches) find("result").scrollIntoView({ block: "start" });
  } catch (error) {
    if (turn === running) fail(error);
  } finally {
    if (turn === running) busy(false);
  }
  statistics.refresh();
}

function busy(yes) {
  find("result").setAttribute("aria-busy", yes);
  for (const id of ["submit", "ask-again"]) find(id).setAttribute("aria-disabled", yes);
  find("submit").textContent = yes ? "Asking…" : "Ask";
}

const isBusy = () => find("result").getAttribute("aria-busy") === "true";

function fail(error) {
  find("failure").replaceChildren(...(error ? [element("b", {}, sentence(error.message)), element("span", {}, sentence(error.fix))] : []));
  if (error) find("nothing").hidden = true;
}

function sentence(text) {
  const whole = String(text ?? "");
  return whole.charAt(0).toUpperCase() + whole.slice(1) + (/[.?!]$/.test(whole) ? "" : ".");
}

async function forget() {
  if (!asked) return;
  try {
    const { removed, pending } = await call(`/v1/cache/invalidate/${asked.operation}`, {});
    fail(null);
    const name = statistics.OPERATIONS[asked.operation];
    const many = removed === null ? "all answers" : `${count(removed)} ${removed === 1 ? "answer" : "answers"}`;
    const where = pending ? " here; elsewhere when the shared store is back" : "";
    find("announcement").textContent = `Forgotten: ${many} of ${name}${where}.`;
    find("forget").textContent = `Forgot ${many} of ${name}${where}`;
    setTimeout(() => { find("forget").textContent = "Forget this operation"; }, 4000);
  } catch (error) {
    fail(error);
  }
  statistics.refresh();
}

function remember(what, reply) {
  history.unshift({ at: new Date(), what, reply });
  history.length = Math.min(history.length, MAX_HISTORY);
  find("no-history").hidden = true;
  find("history-region").hidden = false;
  statistics.rows(find("history"), ["Time", "Found", "Took", "The model", "Operation", "Text"], history.map(({ at, what, reply }) => [
    at.toLocaleTimeString(),
    element("td", {}, element("span", { class: reply.cache.hit ? "badge hit" : "badge" }, reply.cache.hit ? `HIT ${(reply.cache.tier ?? "").toUpperCase()}` : "MISS")),
    duration(reply.took_us), duration(reply.model_ms === null ? null : reply.model_ms * 1000),
    statistics.OPERATIONS[what.operation],
    element("td", { class: "text" }, what.body.question ? `${what.title} · ${what.body.question}` : what.title),
  ]));
}

function adapt() {
  const option = OPTION[operation()];
  find("question-field").hidden = operation() !== "qa";
  find("option-field").hidden = !option;
  if (option) {
    find("option-label").textContent = option.label;
    find("option").placeholder = option.standard;
  }
}

function measure() {
  const length = [...find("text").value].length;
  find("length").textContent = `${count(length)} of ${count(MAX_TEXT)} characters`;
}

async function choose() {
  const name = find("document").value;
  if (!name) return;
  try {
    const known = documents.get(name);
    known.text ??= (await call(`/v1/documents/${encodeURIComponent(name)}`)).text;
    if (find("document").value !== name) return;
    find("text").value = known.text;
    find("question").value = known.question;
    measure();
  } catch (error) {
    fail(error);
  }
}

async function offer() {
  try {
    const { documents: list } = await call("/v1/documents");
    for (const known of list) {
      documents.set(known.name, known);
      find("document").append(element("option", { value: known.name }, `${known.title} (${count(known.characters)} characters)`));
    }
    if (list.length > 0 && !find("text").value) {
      find("document").value = list[0].name;
      await choose();
    }
  } catch (error) {
    fail(error);
  }
}

form.addEventListener("submit", (event) => { event.preventDefault(); if (!isBusy()) ask(question()); });
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
});
form.addEventListener("change", (event) => { if (event.target.name === "operation") adapt(); });
find("text").addEventListener("input", () => { find("document").value = ""; measure(); });
find("document").addEventListener("change", choose);
find("ask-again").addEventListener("click", () => { if (!isBusy()) ask(asked); });
find("forget").addEventListener("click", forget);
if (/Mac|iPhone|iPad/.test(navigator.platform)) document.querySelector(".keys kbd").textContent = "⌘";

adapt();
measure();
offer();
statistics.start();
