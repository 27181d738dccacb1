// A clock that counts up: data-timer="125" (seconds so far, by the server's clock).
(() => {
  const known = new WeakSet();

  const start = (clock) => {
    if (known.has(clock)) return;
    known.add(clock);
    const [whole, number] = [{ useGrouping: false }, { minimumIntegerDigits: 2 }].map(
      (options) => new Intl.NumberFormat(document.documentElement.lang, options),
    );
    const begin = Date.now() - Number(clock.dataset.timer) * 1000;
    const shown = clock.querySelector("bdi");

    const tick = () => {
      if (!clock.isConnected) return;
      const seconds = Math.max(0, Math.floor((Date.now() - begin) / 1000));
      const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
      const before = hours ? `${whole.format(hours)}:${number.format(minutes)}` : whole.format(minutes);
      shown.textContent = `${before}:${number.format(seconds % 60)}`;
      setTimeout(tick, 1000 - ((Date.now() - begin) % 1000));
    };
    tick();
  };

  const look = () => document.querySelectorAll("[data-timer]").forEach(start);
  look();
  document.addEventListener("htmx:after:swap", look);
})();
