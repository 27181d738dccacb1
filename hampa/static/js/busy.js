// While a part of the page is being asked for, it says so; afterwards what changed is shown once.
(() => {
  const element = (found) => (typeof found === "string" ? document.querySelector(found) : found);

  document.addEventListener("htmx:before:request", (event) => {
    element(event.detail.ctx.target)?.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:finally:request", (event) => {
    element(event.detail.ctx.target)?.removeAttribute("aria-busy");
  });
  document.addEventListener("htmx:after:swap", () => {
    const bar = document.querySelector(".bar");
    bar?.classList.add("bar-changed");
    bar?.addEventListener("animationend", () => bar.classList.remove("bar-changed"), { once: true });
  });
})();
