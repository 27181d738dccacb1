// Filters that ask for nothing stay out of the address.
document.addEventListener("htmx:config:request", (event) => {
  const { request, sourceElement } = event.detail.ctx;
  if (request.method !== "GET" || !sourceElement.matches?.("form")) return;
  for (const [name, value] of [...request.body]) {
    if (value === "") request.body.delete(name);
  }
});

// Who has chosen sees what there is: the filters fold away when they are sent.
document.addEventListener("submit", (event) => event.target.closest?.(".list-fold")?.removeAttribute("open"));
