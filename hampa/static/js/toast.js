// Something that happened elsewhere is told at the foot of the page, and goes again.
document.addEventListener("toast", (event) => {
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.textContent = event.detail;
  document.getElementById("toasts").append(toast);
  setTimeout(() => toast.remove(), 5000);
});
