// Copy what stands in a field and say so: data-copy="#its-id" data-copy-done="Copied", hidden where there are no scripts.
(() => {
  const show = () => document.querySelectorAll("[data-copy][hidden]").forEach((button) => { button.hidden = false; });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const field = document.querySelector(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      document.dispatchEvent(new CustomEvent("toast", { detail: button.dataset.copyDone }));
    } catch {
      // The field stays selected, to be copied by hand.
    }
  });
  show();
  document.addEventListener("htmx:after:swap", show);
})();
