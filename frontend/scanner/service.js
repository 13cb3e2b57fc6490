// Lets the check-in page open without a network. Keeps exactly the files of this build and the page without anybody's data;
// never a page of a person. The build writes the addresses in.
const KEPT = "checkin-__BUILD__";
const FILES = __FILES__;
// By the scope of each language.
const SHELLS = { "/diem-danh": "/diem-danh/khung", "/en/check-in": "/en/check-in/shell" };
// A page that takes longer is opened from what is kept, in milliseconds.
const PATIENCE = 3000;

const scope = new URL(registration.scope).pathname;

addEventListener("install", (event) => {
  const fresh = [...FILES, SHELLS[scope]].map((address) => new Request(address, { cache: "reload" }));
  event.waitUntil(caches.open(`${KEPT} ${scope}`).then((kept) => kept.addAll(fresh)));
});

// The pages of the build before have gone: its files are of no more use.
addEventListener("activate", (event) => {
  const isOld = (name) => name.startsWith("checkin-") && name.endsWith(` ${scope}`) && name !== `${KEPT} ${scope}`;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name))))
      .then(() => clients.claim()),
  );
});

addEventListener("message", (event) => {
  if (event.data === "take-over") {
    skipWaiting();
  } else if (event.data === "claim") {
    event.waitUntil(clients.claim());
  }
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) {
    return;
  }
  if (request.mode === "navigate") {
    if (pathname === scope) {
      event.respondWith(page(request));
    }
  } else if (FILES.includes(pathname)) {
    event.respondWith(kept(pathname).then((file) => file ?? fetch(request)));
  }
});

async function kept(address) {
  const files = await caches.open(`${KEPT} ${scope}`);
  // The theme is a cookie, but what is kept serves every theme.
  return files.match(address, { ignoreVary: true });
}

// From the server, as long as it answers in time; else the page without data, which knows its shift from before.
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
  return (await kept(SHELLS[scope])) ?? fetch(request);
}
