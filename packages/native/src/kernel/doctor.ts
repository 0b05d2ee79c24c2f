import { type Features, formatFeatures, probeFeatures } from "./features.ts";

/** What `npx rbgen doctor` shows, as text and as data. */
export interface DoctorReport {
  /** A page for a person. */
  readonly text: string;
  /** The same for a program. */
  readonly data: Features;
}

/** Looks at this machine; never throws. */
export function doctor(): Promise<DoctorReport> {
  const data = probeFeatures();
  return Promise.resolve({ text: formatFeatures(data), data });
}
