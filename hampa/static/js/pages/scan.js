// The camera reads codes into a form and sends it: data-scan="#form", with a video, two buttons and a line that says how it goes.
// The browser's own reader is used where there is one, else the library at data-scan-library, fetched when it is needed.
(() => {
  const scanner = document.querySelector("[data-scan]");
  if (!scanner || !navigator.mediaDevices?.getUserMedia) return;
  const AGAIN_AFTER = 4000;
  const LOOK_EVERY = 150;
  const form = document.querySelector(scanner.dataset.scan);
  const video = scanner.querySelector("video");
  const start = document.querySelector("[data-scan-start]");
  const stop = scanner.querySelector("[data-scan-stop]");
  const says = scanner.querySelector("[role=status]");
  const seen = { text: "", at: 0 };
  let stream = null;

  const library = () => new Promise((done, failed) => {
    if (window.jsQR) return done();
    const script = document.createElement("script");
    script.src = scanner.dataset.scanLibrary;
    script.addEventListener("load", done);
    script.addEventListener("error", failed);
    document.head.append(script);
  });

  const reader = async () => {
    const formats = (await window.BarcodeDetector?.getSupportedFormats()) ?? [];
    if (formats.includes("qr_code")) {
      const detector = new BarcodeDetector({ formats: ["qr_code"] });
      return async () => (await detector.detect(video))[0]?.rawValue;
    }
    await library();
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    return async () => {
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      pen.drawImage(video, 0, 0);
      const { data, width, height } = pen.getImageData(0, 0, canvas.width, canvas.height);
      return window.jsQR(data, width, height, { inversionAttempts: "dontInvert" })?.data;
    };
  };

  const shown = (running) => {
    scanner.hidden = !running;
    start.hidden = running;
    if (running) scanner.scrollIntoView({ block: "start" });
  };

  const found = (text) => {
    const now = Date.now();
    if (text === seen.text && now - seen.at < AGAIN_AFTER) return;
    Object.assign(seen, { text, at: now });
    form.elements.code.value = text;
    form.requestSubmit();
    navigator.vibrate?.(60);
  };

  const end = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    shown(false);
    says.textContent = "";
  };

  const look = async (read) => {
    if (!stream) return;
    if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
      const text = await read().catch(() => undefined);
      if (text) found(text);
    }
    setTimeout(look, LOOK_EVERY, read);
  };

  // without a camera the way by hand unfolds
  const refuse = () => {
    end();
    form.closest("details").open = true;
    form.elements.code.focus();
    document.querySelector("#scanned").textContent = scanner.dataset.scanRefused;
  };

  start.addEventListener("click", async () => {
    try {
      const read = await reader();
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      shown(true);
      await video.play();
      says.textContent = scanner.dataset.scanLooking;
      look(read);
    } catch {
      refuse();
    }
  });
  stop.addEventListener("click", end);
  window.addEventListener("pagehide", end);
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.target.id === "scanned") form.elements.code.value = "";
  });
  start.hidden = false;
})();
