// A script that few pages need is fetched where an element asks for it: data-script="its address".
(() => {
  const asked = new Set();

  const look = () => {
    for (const { dataset } of document.querySelectorAll("[data-script]")) {
      if (asked.has(dataset.script)) continue;
      asked.add(dataset.script);
      document.head.append(Object.assign(document.createElement("script"), { src: dataset.script }));
    }
  };
  look();
  document.addEventListener("htmx:after:swap", look);
})();
