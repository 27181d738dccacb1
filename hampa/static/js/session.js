// A page of a session that has ended is not shown again, neither by going back nor in another tab. What happened in this
// browser is known at once; whether the session was ended elsewhere is asked when the page comes back into sight.
(() => {
  const NAME = "hampa-session";
  const SELDOM = 30000; // ms between two questions of a tab
  const { session: own, sessionUrl } = document.body.dataset;
  let askedAt = Date.now();
  const current = () => {
    try {
      return localStorage.getItem(NAME);
    } catch {
      return own; // no storage: the server's headers have to do
    }
  };
  // What this tab keeps is of the session too, such as a token that was tried.
  const forget = () => {
    try {
      sessionStorage.clear();
    } catch {}
  };
  const leave = () => {
    forget();
    document.documentElement.hidden = true;
    location.reload();
  };

  const [navigation] = performance.getEntriesByType("navigation");
  if (own && navigation?.type === "back_forward" && current() !== own) {
    leave();
    return;
  }
  // Not before the page is painted: the first use of the storage waits for the disk.
  let isKept = false;
  const keep = () => {
    if (isKept) return;
    isKept = true;
    if (!own && current()) forget();
    try {
      localStorage.setItem(NAME, own);
    } catch {}
  };
  window.addEventListener("load", () => setTimeout(keep, 100));
  window.addEventListener("pagehide", keep);

  if (!own) return;
  const leaveIfEnded = async () => {
    askedAt = Date.now();
    const answer = await fetch(sessionUrl, { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (answer.ok && (await answer.text()) !== own) leave();
    else document.documentElement.hidden = false;
  };

  // Hidden before the browser keeps it in memory, so that nothing is seen while it asks.
  window.addEventListener("pagehide", (event) => {
    document.documentElement.hidden = event.persisted;
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    if (current() !== own) leave();
    else leaveIfEnded().catch(leave);
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - askedAt > SELDOM) leaveIfEnded().catch(() => {});
  });
  document.addEventListener("session:ended", leave);
  window.addEventListener("storage", (event) => {
    if (event.key === NAME && !event.newValue) leave();
  });
})();
