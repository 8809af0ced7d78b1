// Hands the day to the worker that keeps it for where there is no network; servicing/web/phone.py says how.
"use strict";

if ("serviceWorker" in navigator) {
  const mayKeep = "keeps" in document.currentScript.dataset;
  navigator.serviceWorker
    .register("/service-worker.js")
    .then(() => navigator.serviceWorker.ready)
    .then((there) => mayKeep && there.active.postMessage("keep"))
    .catch(() => {}); // a private window has no worker: then there is no copy
}
