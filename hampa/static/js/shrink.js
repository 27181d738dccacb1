// A photo that is larger than may be sent is made smaller on the phone itself; what it can't read goes as it is.
(() => {
  const LONGEST = 2560; // pixels
  const working = new WeakMap(); // by form: the promise that its pictures are small enough

  const smaller = async (file) => {
    const picture = await createImageBitmap(file); // turned as its camera says
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    const brush = canvas.getContext("2d");
    brush.fillStyle = "#fff"; // what shows through a PNG
    brush.fillRect(0, 0, canvas.width, canvas.height);
    brush.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.88));
    return made && made.size < file.size ? new File([made], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" }) : file;
  };

  const shrink = async (field, most) => {
    const chosen = [...field.files];
    const kept = new DataTransfer();
    for (const file of chosen) {
      kept.items.add(file.size > most ? await smaller(file).catch(() => file) : file);
    }
    if (field.files[0] === chosen[0]) field.files = kept.files; // unless others were chosen meanwhile
  };

  document.addEventListener("change", (event) => {
    const field = event.target;
    const most = Number(field.dataset?.most);
    if (!most || field.type !== "file" || ![...field.files].some((file) => file.size > most)) return;
    const work = shrink(field, most).finally(() => working.delete(field.form));
    working.set(field.form, work);
  });
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const work = working.get(form);
      if (!work) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const { submitter } = event;
      work.then(() => form.requestSubmit(submitter));
    },
    true,
  );
})();
