// The pages that are shown without network: what is over is hidden, what is possible by now is shown, and what was tapped
// stands in a list until it is sent: data-offline, [data-run] with data-ends, [data-from] with data-until, [data-waiting].
(() => {
  const EVERY = 30_000; // ms
  const AGAIN = 5_000; // ms: a browser says that it is online before requests get through
  const root = document.querySelector("[data-offline]");
  const list = root.querySelector("[data-waiting]");
  const rows = list.querySelector("ul");
  const pattern = list.querySelector("template").content.firstElementChild;
  const acts = JSON.parse(list.dataset.acts).map((act) => ({ ...act, pattern: new RegExp(act.pattern) }));
  const worker = () => navigator.serviceWorker?.controller;

  const look = () => {
    const now = Date.now();
    for (const run of root.querySelectorAll("[data-run]")) run.hidden = Date.parse(run.dataset.ends) < now;
    for (const part of root.querySelectorAll("[data-from]")) {
      part.hidden = now < Date.parse(part.dataset.from) || now > Date.parse(part.dataset.until);
    }
  };

  const wordsOf = (item) => {
    const fields = new URLSearchParams(item.body);
    const act = acts.find((one) => one.pattern.test(item.path));
    const label = act?.labels[fields.get(act.field)] ?? act?.label ?? "";
    const run = [...root.querySelectorAll("[data-run]")].find(({ dataset }) => item.path.includes(dataset.run));
    return [label, run?.querySelector("h2").textContent.trim(), fields.get("text")].filter(Boolean);
  };

  const show = (items) => {
    list.hidden = !items.length;
    rows.replaceChildren(...items.map((item) => {
      const row = pattern.cloneNode(true);
      const [first, ...others] = wordsOf(item);
      row.querySelector("b").textContent = first;
      row.querySelector("span").textContent = others.join(" · ");
      row.querySelector("button").addEventListener("click", () => worker()?.postMessage({ type: "drop", id: item.id }));
      return row;
    }));
  };

  navigator.serviceWorker?.addEventListener("message", ({ data }) => {
    if (data.waiting) show(data.waiting);
  });
  navigator.serviceWorker?.startMessages();
  worker()?.postMessage({ type: "waiting" });
  look();
  setInterval(look, EVERY);
  setInterval(() => {
    if (!list.hidden && navigator.onLine) worker()?.postMessage({ type: "waiting" });
  }, AGAIN);
})();
