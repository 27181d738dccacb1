// A button that may not be used yet shows how long, and opens when the time is up: data-countdown="45" (seconds).
(() => {
  const known = new WeakSet();
  const digits = (options) => new Intl.NumberFormat(document.documentElement.lang, options);

  const start = (button) => {
    if (known.has(button)) return;
    known.add(button);
    const [whole, number] = [digits({ useGrouping: false }), digits({ minimumIntegerDigits: 2 })];
    const end = Date.now() + Number(button.dataset.countdown) * 1000;
    const left = document.createElement("bdi");
    left.dir = "ltr";
    left.className = "countdown";
    button.append(left);
    button.disabled = true;

    const tick = () => {
      const seconds = Math.ceil((end - Date.now()) / 1000);
      if (seconds <= 0) {
        button.disabled = false;
        left.remove();
        return;
      }
      left.textContent = `${whole.format(Math.floor(seconds / 60))}:${number.format(seconds % 60)}`;
      setTimeout(tick, 500);
    };
    tick();
  };

  const look = () => document.querySelectorAll("[data-countdown]").forEach(start);
  look();
  document.addEventListener("htmx:after:swap", look);
})();
