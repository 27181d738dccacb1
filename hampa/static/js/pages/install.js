// Where the browser can install the site, a button does it: [data-install].
(() => {
  const box = document.querySelector("[data-install]");
  let asked;
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    asked = event;
    box.hidden = false;
  });
  box?.querySelector("button").addEventListener("click", () => asked?.prompt());
  addEventListener("appinstalled", () => { box.closest(".install").hidden = true; });
})();
