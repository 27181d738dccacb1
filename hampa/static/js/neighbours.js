// Arrow keys lead to the page before and the page after, by the links with rel="prev" and rel="next".
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  const keys = document.documentElement.dir === "rtl" ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"];
  const rel = ["prev", "next"][keys.indexOf(event.key)];
  if (rel) document.querySelector(`.photo-ways a[rel="${rel}"]`)?.click();
});
