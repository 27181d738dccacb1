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

  // What is new is asked for once at a time; who looks at it has read it.
  const news = document.getElementById("talk-news");
  const say = (id) => { if (document.getElementById(id)) htmx.trigger(document.getElementById(id), "say"); };
  let isAsking = false;
  let asksAgain = false;
  const ask = async () => {
    if (isAsking) { asksAgain = true; return; }
    isAsking = true;
    const last = [...talk.querySelectorAll(".message")].at(-1)?.dataset.number ?? 0;
    const before = talk.querySelectorAll(".message").length;
    await htmx.ajax("GET", `${news.dataset.address}?since=${last}`, { source: news, target: talk, swap: "beforeend" });
    isAsking = false;
    if (!document.hidden && talk.querySelectorAll(".message").length > before) say("talk-read");
    if (asksAgain) { asksAgain = false; ask(); }
  };
  news?.addEventListener("live", ask);
  talk.addEventListener("live", ({ target }) => { if (target.id === "talk-state") ask(); }); // somebody has read
  document.addEventListener("visibilitychange", () => { if (news && !document.hidden) say("talk-read"); });

  const TYPES_EVERY = 3000; // ms between two signs that one types
  let told = 0;
  document.addEventListener("input", (event) => {
    if (event.target !== field() || !document.getElementById("talk-typing") || Date.now() - told < TYPES_EVERY) return;
    told = Date.now();
    say("talk-types");
  });

  // Where there is room, the other conversations are beside this one, and stay as they are now.
  const beside = document.getElementById("talks-beside");
  const room = matchMedia("(min-width: 75rem)");
  const showBeside = () => {
    if (!room.matches || beside.dataset.live) return;
    beside.hidden = false;
    beside.dataset.live = "me messages";
    htmx.trigger(beside, "live");
  };
  const markHere = () => {
    for (const link of beside.querySelectorAll(".talk-row-link")) {
      if (new URL(link.href).pathname === location.pathname) link.setAttribute("aria-current", "page");
    }
  };
  room.addEventListener("change", showBeside);
  showBeside();

  let stays = false;
  let wrote = false;
  document.addEventListener("htmx:before:swap", (event) => {
    stays = isAtEnd();
    wrote = false;
    for (const { fragment, target, swapSpec } of event.detail.tasks) {
      const place = typeof target === "string" ? document.querySelector(target) : target;
      if (place === talk && swapSpec?.style === "beforeend") without(fragment); // else all of it comes anew
      // Who reads messages is not told over them that one has come; the navigation counts those of others.
      fragment.querySelectorAll?.('.toast[data-kind="message_received"]').forEach((toast) => toast.remove());
      if (place?.id === "composer") wrote = true;
    }
  });
  document.addEventListener("htmx:after:swap", () => {
    nameDaysOnce();
    markHere();
    if (wrote) field()?.focus({ preventScroll: true });
    if (wrote || stays) toEnd();
    stays = wrote = false;
  });
})();
