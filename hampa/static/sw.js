// The service worker. `SITE` and `VERSION` stand before it (hampa/offline/views/files.py). Pages come from the network
// first; without it a person sees their next runs, and what they tap is kept and sent once when the network is back.
// What is kept is one person's: it is forgotten when the session is another.

const SHELL = `shell-${VERSION}`;
const MINE = `mine-${VERSION}`;
const AGAIN_AFTER = 5 * 60_000; // ms until the next runs are fetched again
const PATIENCE = 8_000; // ms a page may take before the next runs are shown in its place
const DEADLINE = 20_000; // ms after which a request of the worker's own is given up: others wait for it
const LONGEST_WAIT = 24 * 3_600_000; // ms after which what was tapped is not sent any more
const MOST_TRIES = 8;
const MOST_WAITING = 20;
const kept = SITE.kept.map((pattern) => new RegExp(pattern));

// --- what is kept

const database = () => new Promise((done, failed) => {
  const opening = indexedDB.open("hampa", 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore("state");
    opening.result.createObjectStore("waiting", { keyPath: "id" });
  };
  opening.onsuccess = () => done(opening.result);
  opening.onerror = () => failed(opening.error);
});
const stored = async (name, mode, act) => {
  const opened = await database();
  try {
    return await new Promise((done, failed) => {
      const transaction = opened.transaction(name, mode);
      const request = act(transaction.objectStore(name));
      transaction.oncomplete = () => done(request.result);
      transaction.onabort = transaction.onerror = () => failed(transaction.error);
    });
  } finally {
    opened.close();
  }
};
const readState = async () => (await stored("state", "readonly", (store) => store.get("now"))) ?? { session: "" };
const changeState = (changes) => stored("state", "readwrite", (store) => {
  const reading = store.get("now");
  reading.onsuccess = () => store.put({ session: "", ...reading.result, ...changes }, "now");
  return reading;
});
const allWaiting = async () => {
  const items = await stored("waiting", "readonly", (store) => store.getAll());
  return items.sort((one, other) => one.at - other.at);
};
const dropWaiting = (id) => stored("waiting", "readwrite", (store) => store.delete(id));

// The state goes first: what is being fetched or tapped meanwhile looks at it after it is kept.
const forget = async (known = {}) => {
  await changeState({ session: "", keptAt: 0, ...known });
  await caches.delete(MINE);
  await stored("waiting", "readwrite", (store) => store.clear());
  const shown = await registration.getNotifications();
  shown.forEach((notification) => notification.close());
  await (await registration.pushManager?.getSubscription())?.unsubscribe();
};

const tell = async (message) => {
  for (const client of await clients.matchAll({ includeUncontrolled: true })) client.postMessage(message);
};
const tellWaiting = async () => {
  const items = await allWaiting();
  await tell({ waiting: items.map(({ id, path, body, at }) => ({ id, path, body, at })) });
};

// --- the shell, and the next runs

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(SHELL);
    await cache.addAll(SITE.shell);
    for (const address of Object.values(SITE.pages)) {
      await cache.add(new Request(address, { credentials: "omit" }));
    }
    await skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (![SHELL, MINE].includes(name)) await caches.delete(name);
    }
    await registration.navigationPreload?.enable();
    await clients.claim();
  })());
});

// What an earlier page asked for while the site was still changing something may be of before the change.
const fetchRuns = async (pageBegunAt) => {
  const { session, keptAt = 0, changedAt = 0 } = await readState();
  const begunAt = Date.now();
  const isFresh = keptAt > changedAt && keptAt < pageBegunAt && begunAt - keptAt < AGAIN_AFTER;
  if (isFresh && (await caches.has(MINE))) return;
  const answer = await fetch(SITE.mine, { cache: "no-store", signal: AbortSignal.timeout(DEADLINE) });
  if (answer.redirected || answer.headers.get("Hampa-Session") !== session) return;
  if (!answer.ok) return;
  await (await caches.open(MINE)).put(SITE.mine, answer);
  if ((await readState()).session === session) await changeState({ keptAt: begunAt });
  else await caches.delete(MINE);
};
// One at a time: the answer to an earlier request must not replace that to a later one.
const keepRuns = (pageBegunAt = Infinity) => navigator.locks.request("keep", () => fetchRuns(pageBegunAt));

const meet = async ({ session, lang, begunAt }) => {
  const state = await readState();
  if (state.session !== session) await forget({ session, lang });
  else if (state.lang !== lang) await changeState({ lang, keptAt: 0 });
  if (!session) return;
  await keepRuns(begunAt);
  await sendWaiting();
};

const withoutNetwork = async () => {
  const state = await readState();
  const options = { ignoreVary: true };
  const mine = state.session && (await caches.match(SITE.mine, options));
  return mine || (await caches.match(SITE.pages[state.lang] ?? Object.values(SITE.pages)[0], options)) || Response.error();
};

const page = async (event) => {
  const online = (async () => (await event.preloadResponse) ?? fetch(event.request))();
  const tooLong = new Promise((done) => { setTimeout(done, PATIENCE); });
  try {
    const answer = await Promise.race([online, tooLong]);
    if (answer) return answer;
    return (await caches.has(MINE)) ? await withoutNetwork() : await online;
  } catch {
    return withoutNetwork();
  }
};

// --- what is tapped

const keepTap = async (request, path, body) => {
  const state = await readState();
  if (!state.session || (await allWaiting()).length >= MOST_WAITING) return null;
  const item = { id: crypto.randomUUID(), session: state.session, path, body, at: Date.now(), tries: 0 };
  await stored("waiting", "readwrite", (store) => store.put(item));
  if ((await readState()).session !== item.session) {
    await dropWaiting(item.id);
    return null;
  }
  await registration.sync?.register("send").catch(() => {});
  if (request.headers.get("HX-Request")) return new Response("", { headers: { "HX-Redirect": SITE.mine } });
  return Response.redirect(SITE.mine, 303);
};

const tapped = async (event, path) => {
  const { request } = event;
  const body = await request.clone().text();
  try {
    return await fetch(request);
  } catch (failure) {
    const answer = request.signal.aborted ? null : await keepTap(request, path, body);
    if (!answer) throw failure;
    return answer;
  }
};

const signOut = async (event) => {
  event.waitUntil(forget()); // also without network: whoever signs out leaves nothing for the next person
  return fetch(event.request);
};

// Whatever it changes, the next runs may be others once it is answered.
const changing = async (answer) => {
  try {
    return await answer;
  } finally {
    await changeState({ changedAt: Date.now() }).catch(() => {});
  }
};

const send = async (item, token) => {
  const fields = new URLSearchParams(item.body);
  fields.set("csrf_token", token);
  const answer = await fetch(item.path, {
    method: "POST",
    body: fields,
    headers: { "Hampa-Once": item.id, "Hampa-Ago": String(Math.max(0, Math.round((Date.now() - item.at) / 1000))) },
    redirect: "manual",
    signal: AbortSignal.timeout(DEADLINE),
  });
  if (answer.status === 204) return "sent";
  return answer.status === 422 || item.tries + 1 >= MOST_TRIES ? "refused" : "later";
};

const sendAll = async () => {
  const items = await allWaiting();
  if (!items.length) return;
  const answer = await fetch(SITE.state, { cache: "no-store", signal: AbortSignal.timeout(DEADLINE) });
  if (!answer.ok) return;
  const { session, csrf_token: token } = await answer.json();
  for (const item of items) {
    if (item.session !== session) continue;
    const isStale = Date.now() - item.at > LONGEST_WAIT;
    const outcome = isStale ? "refused" : await send(item, token);
    if (outcome === "later") {
      await stored("waiting", "readwrite", (store) => store.put({ ...item, tries: item.tries + 1 }));
    } else {
      await dropWaiting(item.id);
      await tell({ outcome, id: item.id });
    }
  }
  await tellWaiting();
  await changeState({ changedAt: Date.now() });
  await keepRuns();
};
// One at a time: two would send the same, and the site would do it once, but say so twice.
const sendWaiting = () => navigator.locks.request("send", sendAll);

self.addEventListener("sync", (event) => {
  if (event.tag === "send") event.waitUntil(sendWaiting());
});

self.addEventListener("message", (event) => {
  const { data } = event;
  const acts = {
    page: () => meet(data),
    online: sendWaiting,
    waiting: async () => { await tellWaiting(); await sendWaiting(); },
    drop: async () => { await dropWaiting(data.id); await tellWaiting(); },
  };
  event.waitUntil(Promise.resolve(acts[data.type]?.()).catch(() => {}));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.method === "GET" && request.mode === "navigate") event.respondWith(page(event));
  else if (request.method === "GET" && SITE.shell.includes(pathname + search)) {
    event.respondWith((async () => (await caches.match(request, { ignoreVary: true })) ?? fetch(request))());
  } else if (request.method === "POST" && pathname === SITE.signOut) event.respondWith(signOut(event));
  else if (request.method === "POST" && kept.some((pattern) => pattern.test(pathname))) {
    event.respondWith(changing(tapped(event, pathname)));
  } else if (request.method === "POST") event.respondWith(changing(fetch(request)));
});

// --- notifications

self.addEventListener("push", (event) => {
  const { title, body, tag, lang, dir, path } = event.data?.json() ?? {};
  if (!title) return;
  const { icon, badge } = SITE;
  const options = { body, tag, lang, dir, icon, badge, renotify: Boolean(tag), data: { path } };
  event.waitUntil(registration.showNotification(title, options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { path } = event.notification.data;
  event.waitUntil((async () => {
    const [open] = await clients.matchAll({ type: "window" });
    if (!open) return clients.openWindow(path);
    await open.focus().catch(() => {});
    return open.navigate(path).catch(() => clients.openWindow(path));
  })());
});

// A browser that changes its address for messages says the new one.
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil((async () => {
    const state = await readState();
    const options = event.oldSubscription?.options;
    if (!state.session || !options) return;
    const fresh = event.newSubscription ?? (await registration.pushManager.subscribe(options));
    const { session, csrf_token: token } = await (await fetch(SITE.state, { cache: "no-store" })).json();
    if (session !== state.session) return;
    const { endpoint, keys } = fresh.toJSON();
    const body = new URLSearchParams({ endpoint, ...keys, csrf_token: token });
    await fetch(SITE.devices, { method: "POST", body, redirect: "manual" });
  })());
});
