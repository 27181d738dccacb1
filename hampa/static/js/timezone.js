// The time zone that the browser lives in, for forms that would like to know: data-timezone on a hidden field.
(() => {
  const look = () => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    for (const field of document.querySelectorAll("input[data-timezone]")) field.value ||= zone ?? "";
  };
  look();
  document.addEventListener("htmx:after:swap", look);
})();
