// Notifications on this device: data-push="the site's key" with a form that is filled in and sent once the browser has
// agreed. The browser is asked only when its person presses the button. Where nothing can be turned on, a part of
// [data-push] says why. [data-push-offer] is shown unless this browser has them, refused them, or was told "not now".
(() => {
  const LATER = "hampa-push-later";
  const QUIET_DAYS = 60;
  const box = document.querySelector("[data-push]");
  if (!box) return;
  const form = box.querySelector("[data-push-form]");
  const offer = box.closest("[data-push-offer]");
  const show = (name) => { box.querySelector(`[data-push-${name}]`)?.removeAttribute("hidden"); };
  const isApple = /iPhone|iPad/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
  const isAble = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  const worker = async () => {
    await navigator.serviceWorker.register("/sw.js");
    return navigator.serviceWorker.ready;
  };
  const wasLater = () => {
    try {
      return Date.now() - Number(localStorage.getItem(LATER) ?? 0) < QUIET_DAYS * 86_400_000;
    } catch {
      return true;
    }
  };

  const keyOf = (subscription) => {
    const bytes = new Uint8Array(subscription.options.applicationServerKey ?? []);
    return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  };
  const subscribe = async () => {
    const { pushManager } = await worker();
    let subscription = await pushManager.getSubscription();
    // One that was made for another key of the site is of no use.
    if (subscription && keyOf(subscription) !== box.dataset.push) {
      await subscription.unsubscribe();
      subscription = null;
    }
    subscription ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: box.dataset.push });
    const { endpoint, keys } = subscription.toJSON();
    for (const [name, value] of Object.entries({ endpoint, ...keys })) form.elements[name].value = value;
    form.submit();
  };

  const turnOn = async () => {
    const permission = await Notification.requestPermission();
    if (permission === "granted") await subscribe();
    else if (permission === "denied" && offer) offer.remove();
    else if (permission === "denied") { form.hidden = true; show("denied"); }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    turnOn().catch(() => { form.hidden = true; show("unable"); });
  });
  box.querySelector("[data-push-later]")?.addEventListener("click", () => {
    try {
      localStorage.setItem(LATER, String(Date.now()));
    } catch {}
    offer.remove();
  });

  const start = async () => {
    if (!isAble) return show(isApple ? "install" : "unable");
    if (Notification.permission === "denied") return show("denied");
    if (offer) {
      const { pushManager } = await worker();
      if (wasLater() || await pushManager.getSubscription()) return;
      offer.hidden = false;
    }
    form.hidden = false;
  };
  start();
})();
