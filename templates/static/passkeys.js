// The only script of the pages: a browser hands out passkeys to nothing else. It asks for one, puts the
// answer into the form of the page, and sends it; it reads nothing else and asks nobody else.
"use strict";

const form = document.querySelector("form[data-passkey]");

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (each) => each.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// The options as the browser wants them: what is bytes stands as text in the page.
function asked(options) {
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const each of options.allowCredentials || []) each.id = bytes(each.id);
  for (const each of options.excludeCredentials || []) each.id = bytes(each.id);
  return options;
}

function answer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: {},
    response,
  });
}

// What the page says: only a passkey that is to be made can be there already.
function refusal(error) {
  const isKnown = form.dataset.passkey === "create" && error.name === "InvalidStateError";
  return isKnown ? "[data-known]" : "[data-failed]";
}

async function send(event) {
  event.preventDefault();
  const button = form.querySelector("button");
  for (const each of form.querySelectorAll("[role=alert]")) each.hidden = true;
  button.disabled = true;
  try {
    const publicKey = asked(JSON.parse(form.dataset.options));
    form.elements.passkey.value = answer(await navigator.credentials[form.dataset.passkey]({ publicKey }));
    form.submit();
  } catch (error) {
    form.querySelector(refusal(error)).hidden = false;
    button.disabled = false;
    button.focus();
  }
}

if (form && window.PublicKeyCredential) {
  form.hidden = false;
  document.querySelector("[data-without]").hidden = true;
  form.addEventListener("submit", send);
}
