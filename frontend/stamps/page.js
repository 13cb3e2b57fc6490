// Keeps stamps that were made without a network and sends them later; see app/src/pages/stamps/kept.rs for what it finds on the page.
const STORE = "stamps";
const box = document.getElementById("kept-stamps");
const { scope, send: address, shell } = box.dataset;
const part = (name) => box.querySelector(`[data-part="${name}"]`);
let isSending = false;

const kept = () => {
  try {
    return JSON.parse(localStorage.getItem(STORE)) ?? [];
  } catch {
    return [];
  }
};

function keep(stamps) {
  localStorage.setItem(STORE, JSON.stringify(stamps));
  show();
}

/** Says how many wait, and at which booths. */
function show(told = box.dataset.waits) {
  const stamps = kept();
  box.hidden = stamps.length === 0 && told === box.dataset.waits;
  part("told").textContent = told;
  part("list").replaceChildren(
    ...stamps.map(({ code }) => {
      const name = box.querySelector(`[data-booth="${booth(code)}"]`)?.textContent;
      return Object.assign(document.createElement("li"), { textContent: name ?? box.dataset.booth });
    }),
  );
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
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Sends what waits, for the tickets with these handles; for the only one where the browser keeps one. */
async function send(tickets = []) {
  const stamps = kept();
  if (stamps.length === 0 || isSending || !navigator.onLine) {
    return;
  }
  isSending = true;
  try {
    const body = JSON.stringify({ sent_at: new Date().toISOString(), tickets, stamps });
    const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (answer.ok) {
      await settle(await answer.json());
    }
  } catch {
    // They wait on.
  } finally {
    isSending = false;
  }
}

/** `told`: what to say. `done`: the ids that need not be sent again. `choice`: the tickets to choose from, as handle and text. */
async function settle({ told, done, choice }) {
  keep(kept().filter(({ id }) => !done.includes(id)));
  show(told);
  part("choice").replaceChildren(
    ...choice.map(([handles, text]) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: text });
      button.addEventListener("click", () => send(handles));
      return button;
    }),
  );
}

const code = location.pathname.slice(scope.length).toUpperCase();
// This page stands in for that of a booth.
if (shell && /^[A-Z2-7]{132}$/.test(code) && !kept().some((stamp) => stamp.code === code)) {
  keep([...kept(), { id: newId(), code, at: new Date().toISOString() }]);
} else {
  show();
}
addEventListener("online", () => send());
send();
setInterval(send, 15_000);

// What was opened once opens without a network. Without it the page needs the network, and works as before.
navigator.serviceWorker?.register(box.dataset.worker, { scope, updateViaCache: "none" }).catch((error) => console.warn(error));
