// A run must not stop the page, so it has a thread of its own; stopping it ends the thread.
import { load } from "./coracle.js";

const run = fetch("coracle_browser.wasm")
  .then((response) => response.ok ? response.arrayBuffer() : Promise.reject(new Error(`${response.url}: ${response.status}`)))
  .then(load);

addEventListener("message", async ({ data: { component, args, input } }) => {
  try {
    const start = performance.now();
    const print = (to, bytes) => postMessage({ to, bytes });
    const code = (await run)(component, { args, input, print });
    postMessage({ code, ms: performance.now() - start });
  } catch (error) {
    postMessage({ failed: String(error) });
  }
});
