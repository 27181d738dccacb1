// When the network is gone, the place of the fragment says so; what was typed stays. Reading is tried again by itself,
// a change only by hand. Error pages of ours are put before the fragment too, never in place of a form.
(() => {
  const words = document.getElementById("toasts").dataset;
  const pauses = [2000, 5000, 10000, 20000];
  const failures = new WeakMap(); // by the element that asked: how often in a row
  const element = (found) => (typeof found === "string" ? document.querySelector(found) : found);
  const before = (target) => (target?.previousElementSibling?.matches(".away, .lost-words") ? target.previousElementSibling : null);

  const again = (ctx) => {
    const { method, action } = ctx.request;
    if (method === "GET") {
      const { sourceElement: source, target, swap, select, push } = ctx;
      htmx.ajax("GET", action, { source, target, swap, select, push });
    } else {
      const form = ctx.request.form || ctx.sourceElement;
      form.requestSubmit(form.contains(ctx.request.submitter) ? ctx.request.submitter : undefined);
    }
  };

  const away = (ctx) => {
    const target = element(ctx.target);
    if (!target?.isConnected) return;
    before(target)?.remove();
    const times = (failures.get(ctx.sourceElement) ?? -1) + 1;
    failures.set(ctx.sourceElement, times);

    const box = document.createElement("div");
    box.className = "away";
    box.setAttribute("role", "alert");
    const text = document.createElement("p");
    text.textContent = words.away;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-quiet button-small";
    button.textContent = words.again;
    box.append(text, button);
    target.before(box);

    const retry = () => {
      clearTimeout(timer);
      removeEventListener("online", retry);
      if (box.isConnected) again(ctx);
    };
    button.addEventListener("click", retry);
    let timer;
    if (ctx.request.method === "GET") {
      if (times < pauses.length) timer = setTimeout(retry, pauses[times]);
      addEventListener("online", retry);
    }
  };

  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx) away(event.detail.ctx);
  });
  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = event.detail;
    if (![502, 504].includes(ctx.response.status)) return;
    event.preventDefault();
    away(ctx);
  });
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx, tasks } = event.detail;
    failures.delete(ctx.sourceElement);
    before(element(ctx.target))?.remove();
    const main = tasks.find((task) => task.type === "main");
    if (main?.fragment.querySelector?.(".lost-words")) main.swapSpec.style = "beforebegin";
  });
})();
