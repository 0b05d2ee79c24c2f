/** What is told of maps that stand in `SEC("maps")`, and what to do (RB3004). */
export const legacyMaps =
  'maps in SEC("maps") are not read: their definitions carry no types, and libbpf 1.0 refuses them';
export const legacyHint = 'define them in SEC(".maps") with __uint(type, …) and __type(key, …)';
