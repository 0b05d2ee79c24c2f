/** Where a refusal goes: the run that it ends. */
export interface Refusal {
  /** Ends the run with a `VerifierError`, even if the program catches it. */
  refuse(code: "EACCES" | "EINVAL", log: string): never;
}

/** The verifier's `ref_obj_id`: what a program acquired and has not given back. */
export class Reference {
  /** False once it was given back: what was reached through it is dead. */
  alive = true;
  /** What the verifier says where it is not given back. */
  readonly refusal: Refusal;
  /** Callback depth at which it was acquired. */
  readonly depth: number;

  constructor(refusal: Refusal, depth: number) {
    this.refusal = refusal;
    this.depth = depth;
  }
}
