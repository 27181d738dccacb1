// Operations of the API that can be tried: [data-api-try="METHOD"] with data-path; its inputs say by data-place and
// data-name what they are. The token is that of the field on top, and is kept for this tab alone.
(() => {
  const KEPT = "hampa-api-token";
  const page = document.querySelector(".api");
  const token = page?.querySelector("#token");
  if (!token) return;
  const kept = (value) => {
    try {
      if (value === undefined) return sessionStorage.getItem(KEPT) ?? "";
      sessionStorage.setItem(KEPT, value);
    } catch {
      // without storage it is typed again on the next page
    }
    return value ?? "";
  };
  token.value = kept();
  token.addEventListener("change", () => kept(token.value.trim()));
  for (const hidden of page.querySelectorAll("[data-api-token], [data-api-try]")) hidden.hidden = false;

  const requestOf = (box) => {
    const headers = {};
    const query = new URLSearchParams();
    let path = box.dataset.path;
    if (token.value.trim()) headers.Authorization = `Bearer ${token.value.trim()}`;
    for (const input of box.querySelectorAll("[data-place]")) {
      const { name, place } = input.dataset;
      const value = input.value.trim();
      if (place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
      else if (value && place === "query") query.append(name, value);
      else if (value) headers[name] = value;
    }
    const request = { method: box.dataset.apiTry, headers, credentials: "omit", cache: "no-store" };
    const body = box.querySelector("[data-body]");
    const file = box.querySelector("[data-file]");
    if (body) {
      request.body = body.value;
      headers["Content-Type"] = "application/json";
    } else if (file) {
      request.body = new FormData();
      if (file.files[0]) request.body.append(file.dataset.file, file.files[0]);
    }
    return [query.size ? `${path}?${query}` : path, request];
  };

  const shown = (text) => {
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return text;
    }
  };

  const send = async (box) => {
    const status = box.querySelector("[data-api-status]");
    const answer = box.querySelector("[data-api-answer]");
    const [url, request] = requestOf(box);
    answer.parentElement.hidden = true;
    status.textContent = page.dataset.asking;
    try {
      const response = await fetch(url, request);
      const text = await response.text();
      const told = ["ETag", "Location", "Retry-After"].filter((name) => response.headers.has(name));
      const lines = told.map((name) => `${name}: ${response.headers.get(name)}`);
      status.textContent = [`${response.status} ${request.method} ${url}`, ...lines].join(" · ");
      answer.textContent = text ? shown(text) : page.dataset.empty;
      answer.parentElement.hidden = false;
    } catch {
      status.textContent = page.dataset.failed;
    }
  };
  for (const box of page.querySelectorAll("[data-api-try]")) {
    box.querySelector("[data-api-send]").addEventListener("click", () => send(box));
  }
  const open = () => {
    const named = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (named instanceof HTMLDetailsElement) {
      named.open = true;
      named.scrollIntoView();
    }
  };
  addEventListener("hashchange", open);
  open();
})();
