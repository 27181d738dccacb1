// A conversation: it opens at its end, Enter sends where there is a keyboard, and what is new comes to its foot.
(() => {
  const talk = document.getElementById("talk");
  if (!talk) return;
  const NEAR = 160; // pixels from the end within which the reader is taken to be there
  const root = document.scrollingElement;
  const field = () => document.querySelector("#composer textarea");
  const isAtEnd = () => root.scrollHeight - root.scrollTop - root.clientHeight < NEAR;
  const toEnd = () => { root.scrollTop = root.scrollHeight; };

  const query = new URLSearchParams(location.search);
  if (!query.has("before") && !query.has("q") && (!location.hash || location.hash === "#end")) {
    toEnd();
    addEventListener("load", toEnd, { once: true }); // faces and letters have come
  }

  document.addEventListener("keydown", (event) => {
    if (event.target !== field() || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    if (!matchMedia("(pointer: fine)").matches || !field().value.trim()) return;
    event.preventDefault();
    field().form.requestSubmit();
  });

  // Each message stands here once, however often it comes; a day is named once, and the state only under the last one.
  const without = (fragment) => {
    for (const item of fragment.querySelectorAll("li.message")) {
      if (document.getElementById(item.id)) item.remove();
    }
    if (fragment.querySelector("#talk-state")) document.getElementById("talk-state")?.remove();
  };
  const nameDaysOnce = () => {
    const named = new Set();
    for (const day of talk.querySelectorAll(".talk-day")) {
      if (named.has(day.dataset.day) || !day.nextElementSibling?.matches(".message")) day.remove();
      else named.add(day.dataset.day);
    }
  };

  let stays = false;
  let wrote = false;
  document.addEventListener("htmx:before:swap", (event) => {
    stays = isAtEnd();
    wrote = false;
    for (const { fragment, target } of event.detail.tasks) {
      const place = typeof target === "string" ? document.querySelector(target) : target;
      if (place === talk) without(fragment);
      if (place?.id === "composer") wrote = true;
    }
  });
  document.addEventListener("htmx:after:swap", () => {
    nameDaysOnce();
    if (wrote) field()?.focus({ preventScroll: true });
    if (wrote || stays) toEnd();
    stays = wrote = false;
  });
})();
