// The service worker is registered once a page of a person has loaded, and learns whose page it is: data-session. What it
// sent after the network was away is told at the foot of the page.
(() => {
  const { serviceWorker } = navigator;
  const { session } = document.body.dataset;
  if (!serviceWorker) return;
  const AFTER_LOAD = 500; // ms
  const words = document.getElementById("toasts").dataset;
  const { lang } = document.documentElement;
  const say = (message) => serviceWorker.controller?.postMessage(message);

  serviceWorker.addEventListener("message", ({ data }) => {
    const text = { sent: words.sent, refused: words.refused }[data.outcome];
    if (text) document.dispatchEvent(new CustomEvent("toast", { detail: text }));
  });
  addEventListener("online", () => say({ type: "online" }));
  addEventListener("load", () => setTimeout(async () => {
    if (session) await serviceWorker.register("/sw.js");
    // A page that was kept says nothing of who is signed in now.
    if (document.querySelector("[data-offline]")) return;
    // A visitor's page tells it too, where there is one: somebody may have signed out past it (a forced reload).
    const registration = await (session ? serviceWorker.ready : serviceWorker.getRegistration());
    registration?.active?.postMessage({ type: "page", session, lang, begunAt: performance.timeOrigin });
  }, AFTER_LOAD));
})();
