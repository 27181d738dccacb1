// A button fills in where the browser is: latitude and longitude of its form (and the pin, where
// it has one), or the one field that data-locate names.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-locate]");
  if (!button) return;
  const says = button.parentElement.querySelector("[role=status]");
  const fields = button.form.elements;
  says.textContent = button.dataset.locateBusy;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      const near = fields[button.dataset.locate];
      if (near) {
        // a hundred metres are near enough to look for runs, and the address of the page is shared
        const point = fields.at ?? near;
        near.value = "";
        point.value = `${coords.latitude.toFixed(3)},${coords.longitude.toFixed(3)}`;
        near.dispatchEvent(new Event("change", { bubbles: true }));
      } else {
        fields.latitude.value = coords.latitude.toFixed(5);
        fields.longitude.value = coords.longitude.toFixed(5);
        fields.longitude.dispatchEvent(new Event("change", { bubbles: true }));
        if (fields.pin) fields.pin.value = `${fields.latitude.value}, ${fields.longitude.value}`;
        else fields.latitude.closest("details")?.setAttribute("open", "");
      }
      says.textContent = button.dataset.locateDone;
    },
    () => (says.textContent = button.dataset.locateFailed),
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
  );
});
