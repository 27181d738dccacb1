// While a part of the page is being asked for, it says so; afterwards what changed is shown once. Parts that ask by
// themselves, because something happened elsewhere (live.js), change in silence.
(() => {
  const element = (found) => (typeof found === "string" ? document.querySelector(found) : found);

  const isLive = (event) => event.detail?.ctx?.sourceEvent?.type === "live";

  document.addEventListener("htmx:before:request", (event) => {
    if (isLive(event)) return;
    element(event.detail.ctx.target)?.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:finally:request", (event) => {
    element(event.detail.ctx.target)?.removeAttribute("aria-busy");
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (isLive(event)) return;
    const bar = document.querySelector(".bar");
    bar?.classList.add("bar-changed");
    bar?.addEventListener("animationend", () => bar.classList.remove("bar-changed"), { once: true });
  });
})();
