const { versions } = process;

/** What the JavaScript engine around the addon does differently, beyond what Node-API tells. */
export const engine: {
  /**
   * Whether its event loop alone polls descriptors for an addon. Only Node and Electron have libuv: Bun exports its functions
   * and ends the process when uv_poll_init is called (1.4), Deno's poll calls back only when something else turns its
   * loop (2.9). In Electron a thread asks libuv's own set first, and a perf event tells that it is ready only once.
   */
  readonly polls: boolean;
  /**
   * Whether it reads memory that is mapped read-only. JavaScriptCore compiles `Atomics.load` to a `lock cmpxchg` on x64
   * (Bun 1.4), which stores what it found and faults there.
   */
  readonly readsReadOnly: boolean;
} = {
  polls: versions["bun"] === undefined && versions["deno"] === undefined && versions["electron"] === undefined,
  readsReadOnly: versions["bun"] === undefined,
};
