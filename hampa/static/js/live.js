// What happens elsewhere, while the page is in sight: one stream of events. An element says which it is about,
// data-live="topic event …" (no event: all of the topic), and gets the event `live`, on which it asks its own URL again;
// not while somebody types in it. What many pages ask at once is spread over data-live-within milliseconds, or over those
// that the event names. Scripts hear of each on the document as `live:event`.
(() => {
  const HIDDEN = 30000; // ms after which a page that nobody sees listens no more
  const SILENT = 50000; // ms without a heartbeat, after which the stream is taken for dead
  const SOON = 120; // ms in which several events become one question
  const SPREAD = 600; // ms over which the pages that hear of the same event ask
  const PAUSES = [1000, 2000, 5000, 10000, 30000];
  const { stream: address, streamAfter } = document.body.dataset;
  if (!address || !window.EventSource) return;

  let source;
  let after = streamAfter;
  let topics = "";
  let failures = 0;
  let isOver = false;
  let opening, closing, watching;
  const asking = new Map(); // by the id of an element: the timer, and when it rings
  const spread = (most) => Math.random() * most;

  const listeners = () => [...document.querySelectorAll("[data-live]")].map((element) => {
    const [topic, ...events] = element.dataset.live.split(" ");
    return { element, topic, events };
  });
  const wanted = () => [...new Set(listeners().map(({ topic }) => topic))].filter((topic) => topic !== "me").sort().join(",");

  const isWritten = (field) => field.type !== "hidden" && (["checkbox", "radio"].includes(field.type)
    ? field.checked !== field.defaultChecked
    : field.defaultValue !== undefined && field.value !== field.defaultValue);
  const isUsed = (element) => {
    // A list that somebody has scrolled down in is not read again from its head.
    if (element.matches("[data-live-top]") && element.getBoundingClientRect().top < -innerHeight / 2) return true;
    const field = element.contains(document.activeElement) && document.activeElement.matches("input, select, textarea, [contenteditable]");
    return field || [...element.querySelectorAll("input, textarea")].some(isWritten);
  };
  const ask = (element, pause = SOON + spread(SPREAD)) => {
    if (!element.id) return;
    const earlier = asking.get(element.id);
    if (earlier?.at <= Date.now() + pause) return;
    clearTimeout(earlier?.timer);
    const timer = setTimeout(() => {
      asking.delete(element.id);
      const now = document.getElementById(element.id); // it may have been replaced meanwhile
      if (!now?.dataset.live) return;
      if (isUsed(now)) ask(now, 2000);
      else htmx.trigger(now, "live");
    }, pause);
    asking.set(element.id, { timer, at: Date.now() + pause });
  };
  const askAll = () => listeners().forEach(({ element }) => ask(element, SOON + spread(5 * SPREAD)));

  const hear = (event) => {
    failures = 0;
    if (event.lastEventId) after = event.lastEventId;
    clearTimeout(watching);
    watching = setTimeout(() => { close(); open(); }, SILENT);
  };
  const tell = (message) => {
    for (const { element, topic, events } of listeners()) {
      if (topic !== message.topic || (events.length && !events.includes(message.event))) continue;
      ask(element, SOON + spread(message.within ?? element.dataset.liveWithin ?? SPREAD));
    }
    document.dispatchEvent(new CustomEvent("live:event", { detail: message }));
  };

  const close = () => {
    clearTimeout(opening);
    clearTimeout(watching);
    source?.close();
    source = undefined;
  };
  const open = () => {
    if (source || isOver || document.hidden) return;
    topics = wanted();
    const query = new URLSearchParams({ topics, after });
    source = new EventSource(`${address}?${query}`);
    source.addEventListener("beat", hear);
    source.addEventListener("reload", (event) => { hear(event); askAll(); });
    source.addEventListener("message", (event) => { hear(event); tell(JSON.parse(event.data)); });
    source.addEventListener("replaced", close); // by newer pages; it is opened again when somebody looks here
    source.addEventListener("ended", () => {
      isOver = true;
      close();
      document.dispatchEvent(new Event("session:ended"));
    });
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      close();
      opening = setTimeout(open, PAUSES[Math.min(failures++, PAUSES.length - 1)] * (0.5 + Math.random()));
    });
  };

  document.addEventListener("visibilitychange", () => {
    clearTimeout(closing);
    if (document.hidden) closing = setTimeout(close, HIDDEN);
    else open();
  });
  addEventListener("pagehide", close);
  // A form that leads to another page, such as signing out: what the stream says of that would come in its way.
  document.addEventListener("submit", (event) => { if (!event.defaultPrevented) close(); });
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  addEventListener("focus", open);
  document.addEventListener("htmx:after:swap", () => {
    if (source && wanted() !== topics) { close(); open(); }
  });

  // A question of this script's that fails says nothing to the person: the page is merely not live.
  const isOurs = (event) => event.detail.ctx?.sourceEvent?.type === "live";
  document.addEventListener("htmx:before:response", (event) => {
    if (isOurs(event) && event.detail.ctx.response.status >= 400) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);
  document.addEventListener("htmx:error", (event) => {
    if (isOurs(event)) event.stopImmediatePropagation();
  }, true);

  // Not before the page is there: a stream that opens sooner would keep it loading.
  if (document.readyState === "complete") setTimeout(open);
  else addEventListener("load", () => setTimeout(open));
})();
