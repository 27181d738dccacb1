// While somebody types into a field with data-suggest, the names that its address knows are offered below it.
(() => {
  let waiting = 0;
  let number = 0;

  const offer = async (field) => {
    const typed = field.value.trim();
    if (typed.length < 2) return;
    const answer = await fetch(`${field.dataset.suggest}?q=${encodeURIComponent(typed)}`);
    if (!answer.ok || field.value.trim() !== typed) return;
    const { towns } = await answer.json();
    field.list.replaceChildren(...towns.map(({ name, country }) => new Option(country, name)));
  };

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.dataset?.suggest) return;
    if (!field.list) {
      const list = document.createElement("datalist");
      list.id = `suggestions-${(number += 1)}`;
      document.body.append(list);
      field.setAttribute("list", list.id);
    }
    clearTimeout(waiting);
    waiting = setTimeout(() => offer(field).catch(() => {}), 200);
  });
})();
