/** With `RBGEN_BENCH=brief` each row is measured once, which tells that it runs and nothing of speed. */
const isBrief = process.env["RBGEN_BENCH"] === "brief";

/** How many of something a measurement takes: `usual`, or `least` in a brief run. */
export function effort(usual: number, least = 1): number {
  return isBrief ? least : usual;
}
