// Runs the decoder beside the page, so that looking for codes never holds up a tap. The build writes the addresses in.
import init, { read } from "__GLUE__";

const ready = init({ module_or_path: "__WASM__" });
ready.then(
  () => postMessage({ ready: true }),
  () => postMessage({ failed: true }),
);

onmessage = async ({ data: { id, pixels, width, height, frame } }) => {
  try {
    await ready;
    postMessage({ id, text: read(new Uint8Array(pixels), width, height, frame) });
  } catch (error) {
    // After a trap nothing in the memory can be relied on: the page starts another worker.
    console.warn(error);
    postMessage({ id, failed: true });
  }
};
