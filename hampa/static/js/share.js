// Share with the phone's own sheet, else copy the link and say so: data-share="address" data-share-done="Link copied".
// The page's title goes along, or data-share-title.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-share]");
  if (!button) return;
  event.preventDefault();
  const url = button.dataset.share || document.querySelector("link[rel=canonical]").href;
  const title = button.dataset.shareTitle ?? document.querySelector("h1")?.textContent ?? document.title;
  try {
    if (navigator.share) {
      await navigator.share({ url, title });
    } else {
      await navigator.clipboard.writeText(url);
      document.dispatchEvent(new CustomEvent("toast", { detail: button.dataset.shareDone }));
    }
  } catch (refused) {
    if (refused.name !== "AbortError") window.prompt(title, url);
  }
});
