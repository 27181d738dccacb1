// Maps of tiles (Leaflet, loaded only when one is shown): one in the place of the drawn one, with the same marks, and one in
// a form, on which a tap sets its pin.
(() => {
  let loading = null;

  const load = ({ mapScript, mapStyle }) =>
    (loading ??= new Promise((resolve, reject) => {
      const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: mapStyle });
      const script = Object.assign(document.createElement("script"), { src: mapScript });
      style.addEventListener("load", () => document.head.append(script));
      script.addEventListener("load", resolve);
      for (const part of [style, script]) part.addEventListener("error", reject);
      document.head.append(style);
    }));

  // who moves the map is offered to look there: the filters ask for what is around its middle
  const offer = (frame, map) => {
    const here = frame.querySelector(".map-here");
    const asks = document.querySelector(".list-filters");
    if (!here || !asks) return;
    const show = () => (here.hidden = false);
    map.on("dragend", show);
    map.whenReady(() => map.on("zoomend", show));
    here.addEventListener("click", () => {
      const [centre, bounds] = [map.getCenter().wrap(), map.getBounds()];
      const edges = [L.latLng(bounds.getNorth(), map.getCenter().lng), L.latLng(map.getCenter().lat, bounds.getEast())];
      const reach = Math.min(...edges.map((edge) => map.distance(map.getCenter(), edge))) / 1000;
      asks.elements.near.value = "";
      asks.elements.at.value = `${centre.lat.toFixed(4)}, ${centre.lng.toFixed(4)}`;
      asks.elements.radius_km.value = Math.min(200, Math.max(1, Math.round(reach)));
      here.hidden = true;
      asks.requestSubmit();
    });
  };

  // a map in this frame, or none: the service is away, or the frame has one or is gone by now
  const open = async (frame) => {
    const says = frame.dataset;
    try {
      await load(says);
    } catch {
      loading = null;
      return null;
    }
    if (!frame.isConnected || frame.querySelector(".map-tiles")) return null;
    const place = document.createElement("div");
    place.className = "map-tiles";
    frame.classList.add("map-live");
    frame.prepend(place);
    const map = L.map(place, { zoomControl: false, scrollWheelZoom: false });
    L.control.zoom({ zoomInTitle: says.mapIn, zoomOutTitle: says.mapOut }).addTo(map);
    map.attributionControl.setPrefix(false);
    // a tile service may ask who shows its tiles: it is told the site, not the page
    L.tileLayer(says.map, { maxZoom: 19, attribution: says.mapCredit, referrerPolicy: "origin" }).addTo(map);
    return map;
  };

  const mark = (at, words, text, options = {}) => {
    const sign = document.createElement("span");
    sign.textContent = text;
    const icon = L.divIcon({ className: "map-pin", html: sign, iconSize: text ? [34, 34] : [20, 20] });
    return L.marker(at, { icon, title: words, alt: words, ...options });
  };

  // the drawn line of a route with its arrows, ends and waypoints, at their places on the tiles
  const drawRoute = (frame, drawn, map) => {
    const [north, east, step, shrink] = frame.dataset.mapLine.split(",").map(Number);
    const place = ([x, y]) => [north - y * step, east + (x * step) / shrink];
    const sign = (part, at, box) => {
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("viewBox", "-18 -18 36 36");
      const copy = part.cloneNode(true);
      for (const name of ["transform", "cx", "cy"]) copy.removeAttribute(name);
      if (part.tagName === "rect") for (const name of ["x", "y"]) copy.setAttribute(name, -8);
      if (part.matches(".route-arrow")) {
        const turn = /rotate\([-\d.]+\)/.exec(part.getAttribute("transform"));
        if (turn) copy.setAttribute("transform", turn[0]);
      }
      svg.append(copy);
      const icon = L.divIcon({ className: "route-sign", html: svg, iconSize: [box, box] });
      const words = part.dataset.words;
      L.marker(at, { icon, title: words ?? "", alt: words ?? "", interactive: Boolean(words), keyboard: Boolean(words) }).addTo(map);
    };
    const pieces = drawn.querySelector(".route-way").getAttribute("d").split("M").filter(Boolean);
    const line = L.polyline(
      pieces.map((piece) => piece.split("L").map((point) => place(point.trim().split(" ").map(Number)))),
      { className: "route-way", interactive: false },
    ).addTo(map);
    map.fitBounds(line.getBounds(), { animate: false, padding: [20, 20] });
    for (const arrow of drawn.querySelectorAll(".route-arrow")) {
      const at = /translate\(([-\d.]+) ([-\d.]+)\)/.exec(arrow.getAttribute("transform"));
      sign(arrow, place([Number(at[1]), Number(at[2])]), 20);
    }
    for (const end of drawn.querySelectorAll(".route-end, .route-start")) {
      const half = end.tagName === "rect" ? 8 : 0;
      const [x, y] = [end.getAttribute("cx") ?? end.getAttribute("x"), end.getAttribute("cy") ?? end.getAttribute("y")];
      sign(end, place([Number(x) + half, Number(y) + half]), 26);
    }
    for (const one of drawn.querySelectorAll(".route-place")) sign(one, one.dataset.at.split(",").map(Number), 30);
  };

  const replace = async (frame) => {
    const drawn = frame.querySelector(".map-drawn");
    if (!drawn?.getClientRects().length || frame.querySelector(".map-tiles")) return;
    const map = await open(frame);
    if (!map) return; // what is drawn stays
    if (frame.dataset.mapLine) {
      drawRoute(frame, drawn, map);
      return;
    }
    const [south, west, north, east] = frame.dataset.mapBounds.split(",").map(Number);
    const roomForButtons = { paddingTopLeft: [52, 30], paddingBottomRight: [30, 30] };
    map.fitBounds([[south, west], [north, east]], { animate: false, ...roomForButtons });
    offer(frame, map);
    for (const one of drawn.querySelectorAll(".map-mark")) {
      const at = one.dataset.at.split(",").map(Number);
      mark(at, one.getAttribute("aria-label"), one.dataset.count ?? "")
        .on("click", () => location.assign(one.getAttribute("href")))
        .addTo(map);
    }
  };

  const pointIn = ({ latitude, longitude }) => {
    const point = [latitude, longitude].map((field) => Number.parseFloat(field.value));
    return point.every(Number.isFinite) ? point : null;
  };

  const letPin = async (frame, form, says) => {
    const words = frame.dataset;
    const map = await open(frame);
    if (!map) {
      if (!frame.querySelector(".map-tiles")) says.textContent = words.pinFailed;
      return;
    }
    const fields = form.elements;
    let pin = null;
    const show = (at) => {
      pin ??= mark(at, words.pinWords, "", { draggable: true, autoPan: true })
        .on("dragend", () => set(pin.getLatLng()))
        .addTo(map);
      pin.setLatLng(at);
    };
    const set = (at) => {
      const { lat, lng } = L.latLng(at).wrap();
      fields.latitude.value = lat.toFixed(5);
      fields.longitude.value = lng.toFixed(5);
      if (fields.pin) fields.pin.value = `${fields.latitude.value}, ${fields.longitude.value}`;
      show([lat, lng]);
      says.textContent = words.pinDone;
    };
    const there = pointIn(fields);
    const start = words.pinStart?.split(",").map(Number);
    map.setView(there ?? start ?? [25, 40], there ? 16 : start ? 12 : 2, { animate: false });
    if (there) show(there);
    map.on("click", (event) => set(event.latlng));
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== map.getContainer()) return;
      event.preventDefault(); // or the form would be sent
      set(map.getCenter());
    });
    form.addEventListener("change", (event) => {
      const at = [fields.latitude, fields.longitude].includes(event.target) && pointIn(fields);
      if (!at) return;
      show(at);
      map.setView(at, Math.max(map.getZoom(), 15));
    });
    says.textContent = words.pinTap;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-pin-map]");
    if (!button) return;
    const frame = button.form.querySelector(".map-to-pin");
    frame.hidden = !frame.hidden;
    button.setAttribute("aria-expanded", String(!frame.hidden));
    if (!frame.hidden) letPin(frame, button.form, button.parentElement.querySelector("[role=status]"));
  });

  const look = () => document.querySelectorAll("[data-map]").forEach(replace);
  look();
  document.addEventListener("htmx:after:swap", look);
})();
