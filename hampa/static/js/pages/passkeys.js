// Passkeys: a form data-passkey="create" or "get" is sent with what the browser made for the challenge that its
// data-passkey-challenge answers with; it is hidden where a browser has no passkeys. With data-passkey-autofill they are
// also offered in the field of the number. What went wrong is said by [data-passkey-problem] in the same
// [data-passkey-box]. [data-passkeys-accepted] tells the browser which passkeys are still good.
(() => {
  const REFRESH = 4 * 60_000; // a challenge is good for five minutes
  const isAble = "PublicKeyCredential" in window;
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => buffer
    && btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  let waiting; // what the browser offers in the field; one request at a time is allowed

  const problem = (form, name) => {
    for (const part of form.closest("[data-passkey-box]").querySelectorAll("[data-passkey-problem]")) {
      part.hidden = part.dataset.passkeyProblem !== name;
    }
  };

  const challenge = async (form) => {
    const answer = await fetch(form.dataset.passkeyChallenge);
    if (answer.status === 403) location.reload(); // the proof is too old by now, and is asked for again
    if (!answer.ok) throw new Error(`the challenge was refused with ${answer.status}`);
    const options = await answer.json();
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const one of options.excludeCredentials ?? options.allowCredentials ?? []) one.id = bytes(one.id);
    return options;
  };

  const send = (form, credential) => {
    const { id, type, response } = credential;
    const fields = { clientDataJSON: text(response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[name]) fields[name] = text(response[name]);
    }
    if (response.getTransports) fields.transports = response.getTransports();
    form.elements.credential.value = JSON.stringify({ id, rawId: id, type, response: fields });
    form.submit();
  };

  const ask = async (form) => {
    waiting?.abort();
    problem(form, "");
    let options;
    try {
      options = await challenge(form);
    } catch {
      return problem(form, "failed");
    }
    try {
      send(form, await navigator.credentials[form.dataset.passkey]({ publicKey: options }));
    } catch (error) {
      problem(form, error.name === "InvalidStateError" ? "present" : "refused");
      offer(form);
    }
  };

  const offer = async (form) => {
    if (!("passkeyAutofill" in form.dataset) || !await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
    waiting?.abort();
    const mine = waiting = new AbortController();
    const timer = setTimeout(() => offer(form), REFRESH);
    try {
      const publicKey = await challenge(form);
      send(form, await navigator.credentials.get({ publicKey, mediation: "conditional", signal: mine.signal }));
    } catch {
      if (waiting === mine) clearTimeout(timer);
    }
  };

  const start = () => {
    for (const form of document.querySelectorAll("form[data-passkey][hidden]")) {
      if (!isAble) {
        problem(form, "unable");
        continue;
      }
      form.hidden = false;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        ask(form);
      });
      offer(form);
    }
    const list = document.querySelector("[data-passkeys-accepted]");
    if (list && isAble) {
      PublicKeyCredential.signalAllAcceptedCredentials?.(JSON.parse(list.dataset.passkeysAccepted))?.catch(() => {});
    }
  };
  start();
})();
