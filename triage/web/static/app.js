"use strict";

// Keys: an element with data-key is pressed by its key. They sleep while somebody types and while a dialog is open.
const TYPING = "textarea, select, input:not([type=radio], [type=checkbox])";

function nameOf(event) {
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
  const key = digit ? digit[1] : event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) return "ctrl+" + key;
  return event.shiftKey && digit ? "shift+" + key : key;
}

// The first choice that the outcome still lacks, so that one more key makes it.
function whatItNeeds(form) {
  const groups = [...form.querySelectorAll("[data-needs]")];
  return groups.find((group) => group.offsetParent && !group.querySelector(":checked"))?.querySelector("input");
}

function press(element) {
  if (element.matches("h2")) element.focus();
  else element.click();
  if (element.matches("[name=outcome]")) {
    element.form.scrollIntoView(); // the reason and the letters are below
    whatItNeeds(element.form)?.focus({ preventScroll: true });
  }
  const details = element.matches("summary") && element.parentElement.open && element.parentElement;
  if (details) details.querySelector("textarea")?.focus();
}

document.addEventListener("keydown", (event) => {
  const name = nameOf(event);
  if (event.key === "Escape" && event.target.matches(TYPING)) event.target.blur();
  if (event.altKey || event.repeat || document.querySelector("dialog[open]")) return;
  if (event.target.closest(TYPING) && name !== "ctrl+enter") return;
  if (name === "enter" && event.target.closest("a, button, summary, input, label")) return;
  const element = document.querySelector(`[data-key="${CSS.escape(name)}"]`);
  if (!element && !"jk".includes(name)) return;
  event.preventDefault();
  if (element) press(element);
  else step(name === "j" ? 1 : -1);
});

// In a list, to the name in the row below or above.
function step(by) {
  const names = [...document.querySelectorAll("td a.name")];
  const next = names[names.indexOf(document.activeElement) + by];
  if (next) next.focus();
  else if (by > 0) names[0]?.focus();
}

// Dialogs for browsers that do not know `command` yet.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[commandfor]");
  const dialog = opener && document.getElementById(opener.getAttribute("commandfor"));
  if (dialog && !("command" in HTMLButtonElement.prototype)) dialog.showModal();
});

// One press, one decision: a form on its way cannot be sent again.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// How long a decision can still be undone.
function countDown() {
  for (const element of document.querySelectorAll("[data-until]")) {
    const left = Math.max(0, Math.round((Date.parse(element.dataset.until) - Date.now()) / 1000));
    element.textContent = left ? ` (om ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")})` : " (nå)";
  }
}
countDown();
setInterval(countDown, 1000);

// Two minutes before the session ends, ask. What is typed stays on the page meanwhile.
const IDLE_MS = 15 * 60_000, WARN_MS = 2 * 60_000;
const warning = document.getElementById("idle");
// The page of the referral, also when this one answered a form: signing in leads back to it.
const here = /^\/(?:henvisning|lesning)\/[^/]+|^\/[^/]*/.exec(location.pathname)[0];
let lastAction = Date.now();
if (warning) {
  document.body.addEventListener("htmx:after:request", () => { lastAction = Date.now(); });
  warning.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch("/okt", { method: "POST", body: new URLSearchParams(new FormData(event.target)) });
    if (!answer.ok) return location.assign(here);
    delete event.target.dataset.sent;
    lastAction = Date.now();
    warning.close();
  });
  setInterval(() => {
    const idle = Date.now() - lastAction;
    if (idle > IDLE_MS) location.assign(here);
    else if (idle > IDLE_MS - WARN_MS && !warning.open) warning.showModal();
  }, 5000);
}

// On a narrow screen a row stands as a card without the table's heads: each cell is told its own.
for (const table of document.querySelectorAll(".queue:not(.cards):has(thead)")) {
  const heads = [...table.tHead.rows[0].cells].map((head) => head.firstElementChild ? "" : head.textContent.trim());
  for (const row of table.tBodies[0].rows) {
    [...row.cells].forEach((cell, at) => { if (heads[at]) cell.dataset.head = heads[at]; });
  }
}
document.documentElement.classList.add("js");
