// Puts a map of tiles (Leaflet, loaded only then) in the place of the drawn one, with the same marks.
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
    const asks = document.querySelector(".runs-filters");
    if (!here || !asks) return;
    const show = () => (here.hidden = false);
    map.on("dragend", show);
    map.whenReady(() => map.on("zoomend", show));
    here.addEventListener("click", () => {
      const [centre, bounds] = [map.getCenter().wrap(), map.getBounds()];
      const edges = [L.latLng(bounds.getNorth(), map.getCenter().lng), L.latLng(map.getCenter().lat, bounds.getEast())];
      const reach = Math.min(...edges.map((edge) => map.distance(map.getCenter(), edge))) / 1000;
      asks.elements.near.value = `${centre.lat.toFixed(4)}, ${centre.lng.toFixed(4)}`;
      asks.elements.radius_km.value = Math.min(200, Math.max(1, Math.round(reach)));
      here.hidden = true;
      asks.requestSubmit();
    });
  };

  const start = async (frame) => {
    const drawn = frame.querySelector(".map-drawn");
    if (!drawn || frame.querySelector(".map-tiles")) return;
    const says = frame.dataset;
    try {
      await load(says);
    } catch {
      loading = null; // what is drawn stays
      return;
    }
    if (!frame.isConnected || frame.querySelector(".map-tiles")) return;
    const place = document.createElement("div");
    place.className = "map-tiles";
    frame.classList.add("map-live");
    frame.prepend(place);
    const [south, west, north, east] = says.mapBounds.split(",").map(Number);
    const map = L.map(place, { zoomControl: false, scrollWheelZoom: false });
    L.control.zoom({ zoomInTitle: says.mapIn, zoomOutTitle: says.mapOut }).addTo(map);
    map.attributionControl.setPrefix(false);
    // a tile service may ask who shows its tiles: it is told the site, not the page
    L.tileLayer(says.map, { maxZoom: 19, attribution: says.mapCredit, referrerPolicy: "origin" }).addTo(map);
    map.fitBounds([[south, west], [north, east]], { animate: false });
    offer(frame, map);
    for (const mark of drawn.querySelectorAll(".map-mark")) {
      const sign = document.createElement("span");
      sign.textContent = mark.dataset.count ?? "";
      const icon = L.divIcon({ className: "map-pin", html: sign, iconSize: mark.dataset.count ? [34, 34] : [20, 20] });
      const words = mark.getAttribute("aria-label");
      L.marker(mark.dataset.at.split(",").map(Number), { icon, title: words, alt: words })
        .on("click", () => location.assign(mark.getAttribute("href")))
        .addTo(map);
    }
  };

  const look = () => document.querySelectorAll("[data-map]").forEach(start);
  look();
  document.addEventListener("htmx:after:swap", look);
})();
