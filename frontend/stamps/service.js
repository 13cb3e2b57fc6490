// Lets the page behind a booth's poster open without a network. Keeps exactly the files of this build and the page without
// anybody's data; never a page of a person or of a booth. The build writes the addresses in.
const KEPT = `stamps-__BUILD__${location.search}`;
const FILES = __FILES__;
// Posters have one address; the page that registers this worker says in which language its reader reads.
const SHELL = location.search === "?en" ? "/en/TEM/shell" : "/TEM/khung";
// A page that takes longer is opened from what is kept, in milliseconds.
const PATIENCE = 3000;

addEventListener("install", (event) => {
  const fresh = [...FILES, SHELL].map((address) => new Request(address, { cache: "reload" }));
  // Nothing of the build before is left open: a page behind a poster is looked at and left.
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(fresh)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const isOld = (name) => name.startsWith("stamps-") && name !== KEPT;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name)))));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) {
    return;
  }
  if (request.mode === "navigate") {
    event.respondWith(page(request));
  } else if (FILES.includes(pathname)) {
    event.respondWith(kept(pathname).then((file) => file ?? fetch(request)));
  }
});

async function kept(address) {
  const files = await caches.open(KEPT);
  // The theme is a cookie, but what is kept serves every theme.
  return files.match(address, { ignoreVary: true });
}

// From the server, as long as it answers in time; else the page without data, which keeps the stamp until there is a network.
async function page(request) {
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  try {
    const answer = await Promise.race([fetch(request), late]);
    if (answer && answer.status < 500) {
      return answer;
    }
  } catch {
    // No network.
  }
  return (await kept(SHELL)) ?? fetch(request);
}
