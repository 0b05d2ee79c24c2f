import { RingBufError } from "../errors.ts";

/** What the verifier would have refused at load time, refused when it happens. `log` has the words of its log. */
export class VerifierError extends RingBufError {
  readonly log: string;
  constructor(code: "EACCES" | "EINVAL", log: string) {
    super(log, { code, errno: code === "EACCES" ? -13 : -22, syscall: "BPF_PROG_LOAD" });
    this.name = "VerifierError";
    this.log = log;
  }
}
