// The time zone that the browser lives in: for pages in a cookie, for forms in a hidden field with data-timezone.
(() => {
  const YEAR = 31536000;
  const lives = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (lives && !document.cookie.split("; ").includes(`tz=${lives}`)) {
    document.cookie = `tz=${lives}; path=/; max-age=${YEAR}; samesite=lax`;
  }
  const look = () => {
    for (const field of document.querySelectorAll("input[data-timezone]")) field.value ||= lives ?? "";
  };
  look();
  document.addEventListener("htmx:after:swap", look);
})();
