// Passkeys (Web Authentication Level 3): asks the browser for one and sends what it returns.
//
// A form says what it wants: data-passkey="create" or "get", with the options in the JSON element
// that data-options names; or data-passkey="sign-in", with the address that makes new ones in
// data-options-url. Then the browser also offers passkeys in the field for the e-mail address.

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function readOptions({ publicKey }) {
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const options = { ...publicKey, challenge: bytes(publicKey.challenge) };
  if (options.user) options.user = { ...options.user, id: bytes(options.user.id) };
  if (options.allowCredentials) options.allowCredentials = known(options.allowCredentials);
  if (options.excludeCredentials) options.excludeCredentials = known(options.excludeCredentials);
  return options;
}

function toJSON(credential) {
  const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const given = names.filter((name) => credential.response[name]);
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: Object.fromEntries(given.map((name) => [name, text(credential.response[name])])),
  });
}

function tell(form, name) {
  const place = form.querySelector("[data-problem]");
  place.textContent = form.dataset[name] || "";
  place.hidden = !place.textContent;
}

function problem(form, error) {
  if (error.name === "AbortError") return;
  if (error.name === "InvalidStateError") tell(form, "known");
  else tell(form, error.name === "NotAllowedError" ? "cancelled" : "failed");
}

async function newOptions(form) {
  const headers = { "X-Requested-With": "XMLHttpRequest", Accept: "application/json" };
  const answer = await fetch(form.dataset.optionsUrl, { headers });
  if (!answer.ok) throw new Error(`No options: ${answer.status}`);
  return readOptions((await answer.json()).request_options);
}

async function optionsOf(form) {
  if (form.dataset.optionsUrl) return newOptions(form);
  const all = JSON.parse(document.getElementById(form.dataset.options).textContent);
  return readOptions(all.creation_options || all.request_options);
}

function send(form, credential) {
  form.elements.credential.value = toJSON(credential);
  form.submit();
}

let waiting = null; // the offer in the e-mail field: a browser asks for one passkey at a time
let underWay = null; // the options for that offer
let isHeld = false; // a form, until they are there

const LONGEST = 2000; // milliseconds that a form waits for them

// Who has no session yet is given one with the options. A form that is sent meanwhile would make
// another, and the browser would keep whichever of the two comes last.
document.addEventListener("submit", async (event) => {
  if (!underWay || event.defaultPrevented) return;
  event.preventDefault();
  if (isHeld) return;
  isHeld = true;
  await Promise.race([underWay, new Promise((done) => setTimeout(done, LONGEST))]);
  underWay = null;
  event.target.requestSubmit(event.submitter);
});

async function ask(form) {
  waiting?.abort();
  tell(form, "");
  try {
    const publicKey = await optionsOf(form);
    const way = form.dataset.passkey === "create" ? "create" : "get";
    send(form, await navigator.credentials[way]({ publicKey }));
  } catch (error) {
    problem(form, error);
  }
}

async function offerInField(form) {
  if (!document.querySelector('input[autocomplete~="webauthn"]')) return;
  if (!(await window.PublicKeyCredential?.isConditionalMediationAvailable?.())) return;
  waiting = new AbortController();
  const { signal } = waiting;
  try {
    const options = newOptions(form);
    underWay = options.then(() => {}, () => {}).then(() => { underWay = null; });
    const publicKey = await options;
    send(form, await navigator.credentials.get({ publicKey, mediation: "conditional", signal }));
  } catch (error) {
    // Nobody asked for this one: whoever presses the button is told what is wrong.
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (window.PublicKeyCredential) ask(form);
    else tell(form, "missing");
  });
  if (form.dataset.passkey === "sign-in") offerInField(form);
}
