// Entry of the desks of who may settle conflicts: the number of open ones follows while the page is looked at, and so does what the
// page marks with `data-renew`: by itself, each time so many seconds have passed, or once it is asked for. What has the focus, is
// open or was typed stays as it is. A page that nobody looks at holds no connection.
const ANYWAY = 10;
const NAME = "conflicts";

const source = document.querySelector("[data-conflicts]").dataset.conflicts;
const region = document.querySelector("[data-renew]");
const seconds = Number(region?.dataset.renew) || 0;
const offer = document.querySelector("[data-offer]");
let stream;
/** The marked part as it came last, and was not shown yet. */
let fresh;

/** What an open page asks for by itself keeps nobody signed in. `undefined` where no answer came, or another than was asked for. */
const ask = async (address) => {
  const answer = await fetch(address, { headers: { renewal: "1" }, redirect: "manual" }).catch(() => undefined);
  return answer?.ok ? answer : undefined;
};

const part = async () => {
  const text = await (await ask(location.href))?.text();
  return text && new DOMParser().parseFromString(text, "text/html").querySelector("[data-renew]");
};

const renew = async () => {
  const wanted = await part();
  if (wanted) morph(region, wanted);
};

/** Writes how many conflicts are open. */
const count = async () => {
  const text = await (await ask(source))?.json();
  if (text === undefined) return;
  let changed = false;
  for (const number of document.querySelectorAll(`[data-live="${NAME}"]`)) {
    // What stays the same is not written: it would be announced again.
    if (number.textContent === text) continue;
    number.textContent = text;
    changed = true;
  }
  for (const shown of document.querySelectorAll(`[data-some="${NAME}"]`)) shown.dataset.is = text === "0" ? "none" : "some";
  if (changed && offer) await tell();
};

/** The items of a part that the page does not show yet. */
const added = (wanted, known) => [...wanted.querySelectorAll("[data-offered] [data-key]")].filter(({ dataset }) => !known.has(dataset.key));
const shown = () => new Set([...region.querySelectorAll("[data-key]")].map(({ dataset }) => dataset.key));

/** Tells how many items are new: nothing moves under somebody's hand. */
const tell = async () => {
  fresh = (await part()) ?? fresh;
  const news = fresh ? added(fresh, shown()).length : 0;
  offer.hidden = news === 0;
  offer.firstElementChild.textContent = offer.dataset.offer.replace("{count}", news);
};

offer?.lastElementChild.addEventListener("click", (event) => {
  event.preventDefault();
  const known = shown();
  morph(region, fresh);
  offer.hidden = true;
  const [first] = added(region, known);
  first?.setAttribute("tabindex", "-1");
  first?.focus();
});

/** Makes one tree say what another says, in place. Items with a key stay themselves, wherever they stand. */
const morph = (old, wanted) => {
  if (old.isEqualNode(wanted)) return;
  if (old.nodeName !== wanted.nodeName) return old.replaceWith(wanted);
  if (!(old instanceof Element)) return (old.data = wanted.data);
  for (const name of old.getAttributeNames()) if (name !== "open" && !wanted.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of wanted.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const keyed = (parent) => new Map([...parent.children].filter(({ dataset }) => dataset.key).map((item) => [item.dataset.key, item]));
  const [have, want] = [keyed(old), keyed(wanted)];
  // What is gone goes first, so that nothing else is moved for it: what is moved loses the focus.
  for (const [key, item] of have) if (!want.has(key)) item.remove();
  let at = old.firstChild;
  for (const child of [...wanted.childNodes]) {
    const key = child.dataset?.key;
    const same = key ? have.get(key) : at?.dataset?.key ? undefined : at;
    if (!same) old.insertBefore(child, at);
    else {
      if (same === at) at = at.nextSibling;
      else old.insertBefore(same, at);
      morph(same, child);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
};

const listen = () => {
  stream?.close();
  stream = document.hidden ? undefined : new EventSource("/api/checkin/news");
  if (!stream) return;
  // What has changed before the stream was there was not told.
  stream.onopen = count;
  stream.onmessage = count;
};

listen();
document.addEventListener("visibilitychange", () => {
  listen();
  if (!document.hidden && seconds) renew();
});
setInterval(() => {
  if (document.hidden) return;
  // Word of it may be lost, too.
  count();
  // A stream that was refused does not come back by itself.
  if (stream?.readyState === EventSource.CLOSED) listen();
}, ANYWAY * 1000);
if (seconds) {
  setInterval(() => {
    if (!document.hidden) renew();
  }, seconds * 1000);
}
