import { type Features, formatFeatures, probeFeatures } from "./features.ts";
import { type Trials, tryAttaching } from "./trials.ts";

/** What `npx rbgen doctor` shows, as text and as data. */
export interface DoctorReport {
  /** A page for a person. */
  readonly text: string;
  /** The same for a program. */
  readonly data: Features & Trials;
}

/** Looks at this machine, and tries what programs are attached by, taking all of it back; never throws. */
export function doctor(): Promise<DoctorReport> {
  const data = { ...probeFeatures(), ...tryAttaching() };
  return Promise.resolve({ text: formatFeatures(data), data });
}
