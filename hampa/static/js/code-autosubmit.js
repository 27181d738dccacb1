// A code field sends its form at the last digit, and takes the code from the SMS where the browser offers it (WebOTP).
(() => {
  const known = new WeakSet();
  const digits = (text) => (text.match(/\p{Nd}/gu) || []).length;

  const start = (field) => {
    if (known.has(field)) return;
    known.add(field);
    const wanted = Number(field.dataset.autosubmit);
    let sent = "";
    const send = () => {
      if (digits(field.value) !== wanted || field.value === sent) return;
      sent = field.value;
      field.form.requestSubmit();
    };
    field.addEventListener("input", send);
    if (field.getAttribute("aria-invalid")) {
      field.focus();
      field.select(); // the next digit typed takes the place of the wrong code
    }

    if (!("OTPCredential" in window)) return;
    const waiting = new AbortController();
    field.form.addEventListener("submit", () => waiting.abort(), { once: true });
    navigator.credentials
      .get({ otp: { transport: ["sms"] }, signal: waiting.signal })
      .then((credential) => {
        field.value = credential.code;
        send();
      })
      .catch(() => {}); // refused, or typed by hand meanwhile
  };

  const look = () => document.querySelectorAll("input[data-autosubmit]").forEach(start);
  look();
  document.addEventListener("htmx:after:swap", look);
})();
