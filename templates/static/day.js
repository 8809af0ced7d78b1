// The day without a reload, and by keys. Every form and link works without this script; with it the same
// form is sent and the list of the answer takes the place of the list. It asks nobody but us.
"use strict";

const work = () => document.getElementById("work");
const told = document.getElementById("told");
const isSwitchedOff = "servicing-day-keys";

const where = () => location.pathname + location.search;
let shown = where();

// What the answer shows takes the place of what is shown; another page is another page.
function show(text, address, isNew) {
  const answer = new DOMParser().parseFromString(text, "text/html");
  const list = answer.getElementById("work");
  if (!list) return false;
  work().replaceWith(document.adoptNode(list));
  const alerts = [...answer.querySelectorAll("main > .alert")].map((each) => document.adoptNode(each));
  told.replaceChildren(...alerts, ...answer.getElementById("told").childNodes);
  for (const each of alerts) each.removeAttribute("role");
  for (const each of document.querySelectorAll("main > .alert[role=status]")) each.remove();
  document.title = answer.title;
  if (isNew) history.pushState({}, "", address);
  else history.replaceState({}, "", address);
  shown = where();
  lead();
  return true;
}

// The client who is open comes into view, and has the focus.
function lead() {
  const name = document.getElementById("open-name");
  const place = name || work();
  if (!name) place.tabIndex = -1;
  place.focus({ preventScroll: true });
  (document.getElementById("open") || place).scrollIntoView({ block: "nearest" });
}

async function go(link) {
  const address = link.href.split("#")[0];
  const answer = await fetch(address, { credentials: "same-origin" }).catch(() => null);
  if (!answer || !answer.ok || !show(await answer.text(), link.href, true)) location.assign(link.href);
}

// What cannot be shown here is sent once more as a form is sent: nothing was carried out.
async function send(form, button) {
  const data = new FormData(form);
  if (button && button.name) data.append(button.name, button.value);
  const buttons = form.querySelectorAll("button");
  for (const each of buttons) each.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(data), credentials: "same-origin" });
    if (show(await answer.text(), answer.redirected ? answer.url : location.href, false)) return;
    for (const each of buttons) each.disabled = false;
    form.dataset.plain = "1";
    form.requestSubmit(button);
  } catch {
    for (const each of buttons) each.disabled = false;
    told.textContent = work().dataset.failed;
    told.className = "alert alert-danger";
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.line, .views a[href*='/day/view'], .views a[href$='/day']");
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || !work()) return;
  event.preventDefault();
  told.className = "";
  go(link);
});

// The second press of a double click meant the client who was open, not the one who has come into place.
document.addEventListener("click", (event) => {
  if (event.detail > 1 && event.target.closest("form.record button, form.undo button")) event.preventDefault();
}, true);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form.record, form.undo") || form.dataset.plain) return;
  event.preventDefault();
  send(form, event.submitter);
  told.className = "";
  told.replaceChildren(); // what is told next is news, also where it says the same
});

// Back to another view; a place within this one, such as the way past the navigation, needs nothing.
window.addEventListener("popstate", () => {
  if (where() !== shown) location.reload();
});

// ------------------------------------------------------------------------------------------- by keys

function move(by) {
  const lines = [...document.querySelectorAll("a.line")].filter((each) => each.offsetParent);
  const here = lines.indexOf(document.activeElement);
  const open = lines.findIndex((each) => each.hasAttribute("aria-current"));
  const from = here < 0 ? open : here;
  const next = lines[from < 0 ? 0 : Math.min(Math.max(from + by, 0), lines.length - 1)];
  if (next) next.focus();
}

function press(selector) {
  const button = document.querySelector(selector);
  if (button) button.click();
}

const KEYS = {
  j: () => move(1),
  ArrowDown: () => move(1),
  k: () => move(-1),
  ArrowUp: () => move(-1),
  d: () => press("form.record button[value^='done']"),
  p: () => press("form.record button[value^='postpone 2']"),
  n: () => document.getElementById("note")?.focus(),
  u: () => press("#told form.undo button, .recorded form.undo button"),
  "?": () => {
    const keys = document.getElementById("keys");
    keys.open = !keys.open;
    if (keys.open) keys.querySelector("summary").focus();
  },
};

function isTyping(element) {
  return element.matches("input, textarea, select") && !element.matches("[type=checkbox]");
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
  const act = KEYS[event.key];
  const isMeant = !event.metaKey && !event.ctrlKey && !event.altKey && !event.isComposing;
  if (!act || !isMeant || isTyping(event.target)) return;
  if (event.key !== "?" && !document.getElementById("keys-on").checked) return;
  if (event.key.startsWith("Arrow") && !event.target.matches("a.line, #open-name")) return;
  event.preventDefault();
  act();
});

const keys = document.getElementById("keys");
const switched = document.getElementById("keys-on");
keys.hidden = false;
switched.checked = localStorage.getItem(isSwitchedOff) !== "1";
switched.addEventListener("change", () => localStorage.setItem(isSwitchedOff, switched.checked ? "0" : "1"));
