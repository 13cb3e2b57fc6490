// Entry of the pages of who may scan: signing out asks first while scans wait on this device, as the check-in page does.
// That page counts them, and no other sends them.
for (const form of document.querySelectorAll("form[data-waiting]")) {
  form.addEventListener("submit", (event) => {
    const waiting = localStorage.getItem("checkin.waiting");
    if (waiting && !confirm(form.dataset.waiting.replace("{count}", waiting))) {
      event.preventDefault();
    }
  });
}
