// Who types in a conversation, beside its field or on the page of its crew.
(() => {
  const SHOWN_FOR = 4500; // ms for which the sign of another is shown
  let hiding;
  const typists = new Map(); // by id: until when they are shown
  const typing = () => document.getElementById("talk-typing");
  const showTypists = () => {
    clearTimeout(hiding);
    const now = Date.now();
    for (const [person, until] of typists) if (until <= now) typists.delete(person);
    const names = [...typists.keys()].flatMap((person) =>
      document.querySelector(`#talk-people [data-person="${CSS.escape(person)}"]`)?.textContent ?? []);
    const place = typing();
    if (place) {
      const { some, one, two, more } = place.dataset;
      const words = [typists.size ? some : "", one, two][names.length] ?? more;
      place.textContent = words.replace(/\{([12])\}/g, (_, nth) => names[nth - 1]);
    }
    if (typists.size) hiding = setTimeout(showTypists, Math.min(...typists.values()) - now);
  };
  document.addEventListener("live:event", ({ detail }) => {
    const place = typing();
    if (!detail.person || detail.topic !== place?.dataset.topic || detail.person === place.dataset.me) return;
    if (detail.event === "typing") typists.set(detail.person, Date.now() + SHOWN_FOR);
    else if (!typists.delete(detail.person)) return;
    showTypists();
  });
})();
