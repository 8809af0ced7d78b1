// What of the pages is there without a network: the last copy of an agent's own day, until it is over or
// somebody else comes in; style sheets; and a form that could not be sent, shown again. `TOLD` stands
// above: the server writes it. What a page is and for how long it may be kept says its header TOLD.mark:
// who reads it, the language, and of a day the seconds that are left and the time it is of.
"use strict";

const DAY = "servicing-day", FILES = "servicing-files", PLACE = "/day", UNTIL = "Servicing-Until";
const SECRETS = ["password", "old", "new", "code", "recovery", "passkey"];
let spoken = "";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// A page that was asked for before there was a worker is asked for once more.
self.addEventListener("message", (event) => event.waitUntil(keepFirst()));

self.addEventListener("fetch", (event) => {
  const request = event.request, address = new URL(request.url);
  if (address.origin !== self.location.origin) return;
  if (request.mode === "navigate" && request.method === "GET") event.respondWith(shown(request, address));
  else if (request.mode === "navigate" && isForm(request)) event.respondWith(sent(request, address));
  else if (request.method === "GET" && isFile(address)) event.respondWith(file(request, address));
});

function isForm(request) {
  return (request.headers.get("content-type") || "").startsWith("application/x-www-form-urlencoded");
}

function isFile(address) {
  return /^\/(bootstrap\/)?static\//.test(address.pathname) && address.searchParams.has("v");
}

async function keepFirst() {
  if (await copy()) return;
  const answer = await fetch(PLACE, { credentials: "same-origin" });
  await noted(answer, new URL(answer.url));
}

// ------------------------------------------------------------------------------------ pages

async function shown(request, address) {
  let answer;
  try {
    answer = await fetch(request);
  } catch (error) {
    return without(address);
  }
  await noted(answer, address);
  return answer;
}

// A page tells whose it is. One that tells nothing is a redirect or a file.
async function noted(answer, address) {
  const mark = answer.headers.get(TOLD.mark);
  if (mark === null) return;
  const [owner, language, left, at] = mark.split(" ");
  spoken = language || spoken;
  if (left && answer.ok && address.pathname === PLACE && !address.search) return keep(answer.clone(), left);
  const kept = await copy();
  const isTheirs = kept && kept.headers.get(TOLD.mark).split(" ")[0] === owner;
  if (kept && (!isTheirs || address.pathname === PLACE)) await forget();
}

async function keep(answer, left) {
  const headers = new Headers(answer.headers);
  headers.delete("Content-Encoding");
  headers.delete("Vary");
  headers.set(UNTIL, String(Date.now() + 1000 * Number(left)));
  const cache = await caches.open(DAY);
  await cache.put(PLACE, new Response(await answer.text(), { headers }));
}

async function copy() {
  const kept = await caches.match(PLACE, { cacheName: DAY });
  if (!kept) return null;
  if (Date.now() < Number(kept.headers.get(UNTIL))) return kept;
  await forget();
  return null;
}

async function forget() {
  await caches.delete(DAY);
}

async function without(address) {
  const kept = await copy();
  if (!kept || !["/", PLACE].includes(address.pathname)) {
    const there = kept ? `<p><a class="btn btn-primary" href="${PLACE}">${say("offline_again")}</a></p>` : "";
    return page(say("offline_title"), `<p>${say("offline_nothing")}</p>${there}`);
  }
  const [, language, , at] = kept.headers.get(TOLD.mark).split(" ");
  spoken = language;
  const told = `<p class="alert alert-warning" role="status">${say("offline_as_of").replace("{at}", plain(at))}</p>`;
  const text = (await kept.text()).replace(/<main [^>]*>/, (main) => main + told);
  return new Response(text, { headers: kept.headers });
}

// ------------------------------------------------------------------------------------ forms

async function sent(request, address) {
  if (address.pathname === "/logout") await forget();
  const again = request.clone();
  try {
    const answer = await fetch(request);
    await noted(answer, address);
    return answer;
  } catch (error) {
    return unsent(address, [...(await again.formData()).entries()]);
  }
}

// What somebody has typed stands in the page and nowhere else; passwords and codes do not.
function unsent(address, fields) {
  if (fields.some(([name]) => SECRETS.includes(name))) return page(say("offline_title"), `<p>${say("unsent_secret")}</p>`);
  const hidden = fields.map(([name, text]) => `<input type="hidden" name="${plain(name)}" value="${plain(text)}">`);
  const typed = fields.filter(([name, text]) => ["note", "text", "why"].includes(name) && text);
  const told = typed.map(([, text]) => `<blockquote>${plain(text)}</blockquote>`);
  const form = `<form method="post" action="${plain(address.pathname + address.search)}">${hidden.join("")}<button class="btn btn-primary">${say("unsent_send")}</button></form>`;
  return page(say("unsent_title"), `<p>${say("unsent_is")}</p>${told.join("")}${form}`);
}

// ------------------------------------------------------------------------------------ words and files

function say(key) {
  const language = (spoken || self.navigator.language).split("-")[0];
  const known = Object.keys(TOLD.words).find((each) => each.split("-")[0] === language);
  return plain(TOLD.words[known || Object.keys(TOLD.words)[0]][key]);
}

function plain(text) {
  const signs = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return String(text).replace(/[&<>"']/g, (sign) => signs[sign]);
}

function page(title, body) {
  const styles = TOLD.styles.map((each) => `<link rel="stylesheet" href="${plain(each)}">`).join("");
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>${styles}`;
  const language = (spoken || self.navigator.language).split("-")[0];
  const text = `<!doctype html><html lang="${plain(language)}"><head>${head}</head><body><main class="alone" role="main"><h1>${title}</h1>${body}</main></body></html>`;
  const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'";
  const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy };
  return new Response(text, { status: 503, headers });
}

// Another release has another address: of each file only the last one stays.
async function file(request, address) {
  const cache = await caches.open(FILES);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    for (const each of await cache.keys()) {
      if (new URL(each.url).pathname === address.pathname) await cache.delete(each);
    }
    await cache.put(request, answer.clone());
  }
  return answer;
}
