// Entry of the check-in page. The build writes the addresses in.
const show = (id, shown) => {
  document.getElementById(id).hidden = !shown;
};

// How long the page waits for a newer build to take over, in milliseconds.
const PATIENCE = 5000;
// After so long it tries once more to keep the page.
const AGAIN = 30_000;
// How often it looks for a newer build.
const REPEAT = 10 * 60 * 1000;

// Who may not scan gets another page at the same address.
const data = document.getElementById("checkin");
if (data) {
  show("loading", true);
  import("__GLUE__")
    .then(async ({ default: init, page }) => {
      await init({ module_or_path: "__WASM__" });
      await page("__WORKER__");
      keepPage(data.dataset.scope);
    })
    .catch((error) => {
      console.error(error);
      show("broken", true);
    })
    .finally(() => show("loading", false));
}

// Keeps the page for a start without network. A newer build waits until somebody asks for it, or until the page is
// opened anew: scans that wait are kept beside the page and go on.
async function keepPage(scope) {
  const service = navigator.serviceWorker;
  if (!service) {
    return needNetwork();
  }
  const wasControlled = Boolean(service.controller);
  const { promise: changed, resolve } = Promise.withResolvers?.() ?? deferred();
  service.addEventListener("controllerchange", resolve);
  try {
    const registration = await service.register("/service-worker.js", { scope, updateViaCache: "none" });
    const offer = () => show("new-build", Boolean(registration.waiting) && wasControlled);
    const follow = () => registration.installing?.addEventListener("statechange", offer);
    registration.addEventListener("updatefound", follow);
    // The browser may have found it before this page was ready to hear of it.
    follow();
    offer();
    document.getElementById("reload").addEventListener("click", async () => {
      registration.waiting?.postMessage("take-over");
      // A browser may hold the newer one back, as for a request that hangs: then the page comes back as it was.
      await Promise.race([changed, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
      location.reload();
    });
    // A page that stays open all morning hears of it, too.
    const look = () => {
      if (!document.hidden) {
        // Without a network, the next time.
        registration.update().catch(() => {});
      }
    };
    setInterval(look, REPEAT);
    document.addEventListener("visibilitychange", look);
    // A page that was on its way while the first worker began is overlooked by it.
    const { active } = await service.ready;
    if (!service.controller) {
      active.postMessage("claim");
    }
  } catch (error) {
    // Without it the page needs the network to open, and works as before.
    console.warn(error);
    if (error.name !== "SecurityError") {
      // A network that fails for a moment.
      setTimeout(keepPage, AGAIN, scope);
    } else if (!service.controller) {
      needNetwork();
    }
  }
}

// Says that this browser keeps no page. Nothing waits for a newer build then: the page is loaded anew as it is.
function needNetwork() {
  document.getElementById("reload").addEventListener("click", () => location.reload());
  for (const element of document.querySelectorAll("[data-needs-network]")) {
    element.hidden = false;
  }
}

function deferred() {
  let resolve;
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
