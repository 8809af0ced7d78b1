// Hands the day to the worker that keeps it for where there is no network; servicing/web/phone.py says how.
"use strict";

if ("serviceWorker" in navigator) {
  const isFirst = !navigator.serviceWorker.controller;
  navigator.serviceWorker
    .register("/service-worker.js")
    .then(() => navigator.serviceWorker.ready)
    .then((there) => isFirst && there.active.postMessage("keep"))
    .catch(() => {}); // a private window has no worker: then there is no copy
}
