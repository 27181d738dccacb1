// A page of a session that has ended is not shown again, neither by going back nor in another tab.
(() => {
  const NAME = "hampa-session";
  const own = document.body.dataset.session;
  const current = () => {
    try {
      return localStorage.getItem(NAME);
    } catch {
      return own; // no storage: the server's headers have to do
    }
  };
  const leave = () => {
    document.documentElement.hidden = true;
    location.reload();
  };

  const [navigation] = performance.getEntriesByType("navigation");
  if (own && navigation?.type === "back_forward" && current() !== own) {
    leave();
    return;
  }
  try {
    localStorage.setItem(NAME, own);
  } catch {}

  window.addEventListener("pageshow", (event) => {
    if (event.persisted && own && current() !== own) leave();
  });
  window.addEventListener("storage", (event) => {
    if (event.key === NAME && own && !event.newValue) leave();
  });
})();
