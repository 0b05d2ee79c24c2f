import { named, RingBufError } from "../errors.ts";

/** What the verifier would have refused at load time, refused when it happens. `log` has the words of its log. */
export class VerifierError extends RingBufError {
  /** What the verifier would say. */
  readonly log: string;
  constructor(code: "EACCES" | "EINVAL", log: string) {
    super(log, { code, syscall: "BPF_PROG_LOAD" });
    this.log = log;
  }

  static {
    named(VerifierError, "VerifierError");
  }
}
