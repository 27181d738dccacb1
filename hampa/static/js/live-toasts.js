// Toasts of notifications that came while the page was open: few at a time, each shown once, closed by hand or by itself
// when nobody points at it.
(() => {
  const MOST = 3;
  const SECONDS = 10;
  const NAME = "hampa-toasts";
  const box = document.getElementById("toasts");
  const timers = new WeakMap();
  const shown = () => {
    try {
      return JSON.parse(localStorage.getItem(NAME)) || [];
    } catch {
      return [];
    }
  };
  const remember = (id) => {
    try {
      localStorage.setItem(NAME, JSON.stringify([...shown(), id].slice(-50)));
    } catch {}
  };
  const stay = (toast) => clearTimeout(timers.get(toast));
  const leave = (toast) => {
    stay(toast);
    timers.set(toast, setTimeout(() => toast.remove(), SECONDS * 1000));
  };

  const arrange = () => {
    for (const toast of box.querySelectorAll("[data-toast]:not([data-shown])")) {
      if (shown().includes(toast.id)) {
        toast.remove();
        continue;
      }
      remember(toast.id);
      toast.dataset.shown = "";
      leave(toast);
    }
    const all = [...box.querySelectorAll("[data-toast]")].filter((toast) => !toast.contains(document.activeElement));
    all.slice(0, -MOST).forEach((toast) => toast.remove());
  };

  document.addEventListener("htmx:after:swap", arrange);
  box.addEventListener("click", (event) => {
    if (event.target.closest("[data-toast-close]")) event.target.closest("[data-toast]").remove();
  });
  // A pointer that rests where a toast comes up does not point at it: only one that moves does.
  for (const kind of ["pointermove", "focusin"]) {
    box.addEventListener(kind, (event) => stay(event.target.closest("[data-toast]")));
  }
  for (const kind of ["pointerout", "focusout"]) {
    box.addEventListener(kind, (event) => {
      const toast = event.target.closest("[data-toast]");
      if (toast) leave(toast);
    });
  }
})();
