// A button fills in where the phone is: latitude and longitude of its form.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-locate]");
  if (!button) return;
  const says = button.parentElement.querySelector("[role=status]");
  says.textContent = button.dataset.locateBusy;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      const { latitude, longitude } = button.form.elements;
      latitude.value = coords.latitude.toFixed(5);
      longitude.value = coords.longitude.toFixed(5);
      latitude.closest("details")?.setAttribute("open", "");
      says.textContent = button.dataset.locateDone;
    },
    () => (says.textContent = button.dataset.locateFailed),
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
  );
});
