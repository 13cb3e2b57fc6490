// Keeps stamps that were made without a network and sends them later; app/src/pages/stamps.rs has the part of the page for it.
const STORE = "stamps";
// The handles of the tickets that the browser keeps, as far as its pages have told.
const TICKETS = "stamp-tickets";
// Set once the server has given stamps: a ticket's page that was kept from before is old.
const NEWS = "stamps-given";
// The most that one request may carry, StampRequest::MAX.
const MOST = 50;
const box = document.getElementById("kept-stamps");
// `shell`: the heading that the page which stands in for a booth's gets when there is a network.
const { scope, send: address, shell } = box.dataset;
const part = (name) => box.querySelector(`[data-part="${name}"]`);
// The form that lets the browser forget its tickets, on the page of a booth.
const forgetting = document.getElementById("forget-tickets");
let isSending = false;
// Something was chosen while stamps were on their way.
let sendsAgain = false;
// What stands in the parts.
const drawn = {};

const stored = (name) => {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? [];
  } catch {
    return [];
  }
};
const kept = () => stored(STORE);

function keep(stamps, told) {
  localStorage.setItem(STORE, JSON.stringify(stamps));
  show(told);
}

/** Fills a part, if it is another: what is written again is read out again, and takes the focus from who is choosing. */
function fill(name, rows, make) {
  const text = JSON.stringify(rows);
  if (drawn[name] !== text) {
    drawn[name] = text;
    part(name).replaceChildren(...rows.map(make));
  }
}

/** Forgets what was kept for tickets that the browser forgets. */
function forget() {
  localStorage.removeItem(STORE);
  localStorage.removeItem(TICKETS);
}

/** Remembers which tickets the browser keeps: a booth's page tells all of them, a ticket's page its own. */
function remember({ tickets, ticket }) {
  const all = tickets === undefined ? [...new Set([...stored(TICKETS), ticket])] : tickets.split(" ");
  localStorage.setItem(TICKETS, JSON.stringify(all.filter(Boolean)));
}

/** Tells the lines, or that stamps wait, and at which booths. */
function show(told = []) {
  const stamps = kept();
  const lines = told.length > 0 || stamps.length === 0 ? told : [box.dataset.waits];
  box.hidden = lines.length === 0;
  const nameOf = (code) => box.querySelector(`[data-booth="${booth(code)}"]`)?.textContent ?? box.dataset.booth;
  fill("told", lines, (textContent) => Object.assign(document.createElement("p"), { textContent }));
  fill("list", stamps.map(({ code }) => nameOf(code)), (textContent) => Object.assign(document.createElement("li"), { textContent }));
  const warning = forgetting?.querySelector("[data-waiting]");
  if (warning) {
    warning.hidden = stamps.length === 0;
    warning.textContent = warning.dataset.waiting.replace("{n}", stamps.length);
  }
}

/** The booth's id in its code: the 3rd to the 18th byte of base32. */
function booth(code) {
  let bits = "";
  for (const letter of code.slice(0, 32)) {
    bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  }
  return BigInt(`0b${bits.slice(16, 144)}`).toString(16).padStart(32, "0");
}

/** UUIDv7. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  new DataView(bytes.buffer).setBigUint64(0, (BigInt(Date.now()) << 16n) | 0x7000n | BigInt(((bytes[6] & 15) << 8) | bytes[7]));
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  // As the server writes it back.
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** It is chosen whose these stamps are. */
function choose(tickets, ids) {
  keep(kept().map((stamp) => (ids.includes(stamp.id) ? { ...stamp, tickets } : stamp)));
  send();
}

/** Sends what waits. */
async function send() {
  const stamps = kept().slice(0, MOST);
  if (stamps.length === 0 || !navigator.onLine) {
    return;
  }
  if (isSending) {
    sendsAgain = true;
    return;
  }
  isSending = true;
  try {
    const body = JSON.stringify({ sent_at: new Date().toISOString(), stamps });
    const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (answer.ok) {
      settle(await answer.json());
    }
  } catch {
    // They wait on.
  } finally {
    isSending = false;
    if (sendsAgain) {
      sendsAgain = false;
      send();
    }
  }
}

/**
 * `told`: what to say. `given`: how many the server gave. `done`: the ids that need not be sent again. `open`: those of which it
 * is to be chosen whose they are. `choice`: the tickets to choose from, as handles and text.
 */
function settle({ told, given, done, open, choice }) {
  if (given > 0) {
    localStorage.setItem(NEWS, "yes");
    renew();
  }
  if (shell) {
    // There is a network again.
    document.getElementById("no-network").textContent = shell;
    document.getElementById("no-network-lead").hidden = true;
  }
  keep(
    kept().filter(({ id }) => !done.includes(id)),
    told,
  );
  const offers = choice.map(([handles, text]) => ({ handles, text, open }));
  fill("choice", offers, ({ handles, text, open }) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: text });
    button.addEventListener("click", () => choose(handles, open));
    return button;
  });
}

/** Puts the ticket's stamps as they are now in the place of those that the page was kept with. */
async function renew() {
  const old = document.getElementById("stamps");
  if (!old || !localStorage.getItem(NEWS)) {
    return;
  }
  try {
    const answer = await fetch(location.href, { cache: "reload" });
    const fresh = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("stamps");
    if (fresh) {
      old.replaceWith(document.adoptNode(fresh));
      localStorage.removeItem(NEWS);
    }
  } catch {
    // The next visit brings them.
  }
}

// What a service worker answers is drawn before its style is known, too early for a cross-fade that has begun: the browser would
// give it up with an error.
addEventListener("pageswap", ({ viewTransition }) => {
  viewTransition?.ready.catch(() => {});
  viewTransition?.skipTransition();
});

begin();

function begin() {
  if (!shell) {
    remember(box.dataset);
  }
  const code = shell && /\/([A-Z2-7]{132})$/.exec(location.pathname.toUpperCase())?.[1];
  // This page stands in for that of a booth.
  if (code && !kept().some((stamp) => stamp.code === code)) {
    const tickets = stored(TICKETS);
    // Of several it is chosen when there is a network, which knows their names.
    keep([...kept(), { id: newId(), code, at: new Date().toISOString(), tickets: tickets.length === 1 ? tickets : [] }]);
  } else {
    show();
  }
  forgetting?.addEventListener("submit", forget);
  addEventListener("online", () => send());
  send();
  renew();
  setInterval(() => send(), 15_000);
  // What was opened once opens without a network. Without it the page needs the network, and works as before.
  if (navigator.onLine) {
    navigator.serviceWorker?.register(box.dataset.worker, { scope, updateViaCache: "none" }).catch((error) => console.warn(error));
  }
}
