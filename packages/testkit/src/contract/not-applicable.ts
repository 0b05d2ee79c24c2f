/** Scenarios of the kernel's selftests that this suite has no test for, and why. */
export const notApplicable: readonly { readonly scenario: string; readonly reason: string }[] = [
  {
    scenario: "ringbuf, user_ringbuf: mappings",
    reason: "mmap, mprotect and mremap results exist only with real pages; the native package tests its own mappings",
  },
  {
    scenario: "ringbuf_map_key",
    reason: "needs a hash map; what is said of the ring (a negative callback result) is told by handlers that throw",
  },
  {
    scenario: "ringbuf_multi: map-in-map templates",
    reason: "maps of maps are the loader's; two rings under one wait are the group's scenario",
  },
  {
    scenario: "user_ringbuf_fail, verifier_ringbuf, dynptr_fail",
    reason: "refused at load by a verifier; the emulated kernel refuses at run time, in its own tests",
  },
  {
    scenario: "dynptr_success (ring part)",
    reason: "dynptr arithmetic stays inside a program; the emulated helpers have tests of their own",
  },
  { scenario: "bench ringbufs", reason: "throughput, measured in bench" },
];
