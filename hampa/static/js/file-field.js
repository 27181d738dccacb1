// What was chosen stands beside the button of a file field, which has its own words instead of the browser's.
(() => {
  const number = (count) => new Intl.NumberFormat(document.documentElement.lang).format(count);

  const show = (field) => {
    const name = field.parentElement.querySelector(".file-name");
    if (!name) return;
    name.dataset.none ??= name.textContent;
    const [first, ...others] = field.files;
    name.textContent = first ? first.name + (others.length ? ` +${number(others.length)}` : "") : name.dataset.none;
    name.classList.toggle("file-chosen", Boolean(first));
  };
  // the browser, or htmx, may bring the choice back with the page
  const showAll = () => document.querySelectorAll(".file-field [type=file]").forEach(show);

  document.addEventListener("change", (event) => {
    if (event.target.type === "file") show(event.target);
  });
  document.addEventListener("htmx:after:swap", showAll);
  window.addEventListener("pageshow", showAll);
})();
