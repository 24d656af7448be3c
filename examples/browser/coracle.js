// Runs components by Coracle, in a page, in a worker, or in node.

/**
 * Makes a function that runs components.
 *
 * @param {BufferSource} wasm  what `coracle_browser.wasm` holds
 * @returns {Promise<(component: Uint8Array, options: {args: string[], input: Uint8Array,
 *   print: (to: "stdout" | "stderr", bytes: Uint8Array) => void}) => number>} of the exit code
 */
export async function load(wasm) {
  const module = await WebAssembly.compile(wasm);
  return (component, { args = ["program"], input = new Uint8Array(), print }) => {
    let exports;
    const bytes = (at, length) => new Uint8Array(exports.memory.buffer, at, length);
    const page = {
      write: (to, at, length) => print(to === 1 ? "stdout" : "stderr", bytes(at, length).slice()),
      read(at, length) {
        const part = input.subarray(0, length);
        bytes(at, length).set(part);
        input = input.subarray(part.length);
        return part.length;
      },
      monotonic_ns: () => performance.now() * 1e6,
      wall_ms: () => Date.now(),
      random: (at, length) => {
        for (let done = 0; done < length; done += 65536) {
          crypto.getRandomValues(bytes(at + done, Math.min(65536, length - done)));
        }
      },
    };
    ({ exports } = new WebAssembly.Instance(module, { page }));
    const put = (data) => {
      const at = exports.take(data.length);
      bytes(at, data.length).set(data);
      return [at, data.length];
    };
    return exports.run(...put(new TextEncoder().encode(args.join("\0"))), ...put(component));
  };
}
