// Filters that ask for nothing stay out of the address.
document.addEventListener("htmx:config:request", (event) => {
  const { request, sourceElement } = event.detail.ctx;
  if (request.method !== "GET" || !sourceElement.matches?.("form")) return;
  for (const [name, value] of [...request.body]) {
    if (value === "") request.body.delete(name);
  }
});
