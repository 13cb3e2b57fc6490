// Entry of the check-in page. The build writes the addresses in.
const show = (id, shown) => {
  document.getElementById(id).hidden = !shown;
};

// Who may not scan gets another page at the same address.
if (document.getElementById("checkin")) {
  show("loading", true);
  import("__GLUE__")
    .then(async ({ default: init, page }) => {
      await init({ module_or_path: "__WASM__" });
      page("__WORKER__");
    })
    .catch((error) => {
      console.error(error);
      show("broken", true);
    })
    .finally(() => show("loading", false));
}
