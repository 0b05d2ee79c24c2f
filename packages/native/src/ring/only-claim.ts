import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { kernelError, ringError } from "../kernel/errno.ts";

/**
 * Takes the one claim that this process may have on the map with the id `mapId`, of whichever thread; it ends with what is
 * given, or by `release` of the addon.
 * @throws RingBufError EBUSY, as `taken` says it
 */
export function onlyClaim(mapId: number, taken: string): Handle {
  const token = loadAddon().claim(mapId);
  if (token === null) throw ringError("EBUSY", taken);
  if (typeof token === "number") throw kernelError(token, "malloc", "no memory for a claim");
  return token;
}
