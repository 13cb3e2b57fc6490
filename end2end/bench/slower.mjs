// Slows down a browser's pages together with their workers. Chromium's own slow-down knows the page alone, and on a cheap phone the
// decoder in its worker is as slow.

import { Worker, isMainThread, workerData } from "node:worker_threads";

/** Milliseconds for which the processes run before they stand still: few beside what is measured. */
const RUNS = 1;

/**
 * Makes every thread of this browser's renderers so many times slower, those that are there now: they run for a moment and stand
 * still for the rest. Gives back what ends it.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {number} times
 * @returns {Promise<() => Promise<void>>}
 */
export async function slowDown(browser, times) {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  await devtools.detach();
  const renderers = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
  if (!renderers.length) throw new Error("the browser names no renderer");
  const isOver = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL(import.meta.url), { workerData: { renderers, times, isOver } });
  const ended = new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));
  return async () => {
    Atomics.store(isOver, 0, 1);
    await ended;
  };
}

/** Sends a signal to all of them; whoever has ended needs none. */
function signal(processes, name) {
  for (const id of processes) {
    try {
      process.kill(id, name);
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  }
}

// In a thread of its own, which sleeps while the browser is driven.
if (!isMainThread && workerData?.renderers) {
  const { renderers, times, isOver } = workerData;
  /** Waits, and tells how many milliseconds it was. */
  const wait = (milliseconds) => {
    const begin = performance.now();
    Atomics.wait(isOver, 0, 0, milliseconds);
    return performance.now() - begin;
  };
  try {
    // How long they still have to stand still for what they ran: the machine keeps no time to the letter.
    let owed = 0;
    while (!Atomics.load(isOver, 0)) {
      owed += (times - 1) * wait(RUNS);
      signal(renderers, "SIGSTOP");
      owed -= wait(owed);
      signal(renderers, "SIGCONT");
    }
  } finally {
    signal(renderers, "SIGCONT");
  }
}
