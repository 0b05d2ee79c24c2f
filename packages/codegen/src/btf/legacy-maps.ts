/** Whether a section holds maps as libbpf before 1.0, and those before it, had them defined: "maps", or "maps/events" for each. */
export function isLegacyMaps(section: string): boolean {
  return section === "maps" || section.startsWith("maps/");
}

export const legacyMaps =
  'maps in SEC("maps") are not read: their definitions carry no types, and libbpf 1.0 refuses them';
export const legacyHint = 'define them in SEC(".maps") with __uint(type, …) and __type(key, …)';
