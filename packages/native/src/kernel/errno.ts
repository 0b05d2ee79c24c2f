import { constants } from "node:os";
import { RingBufError } from "@rbgen/runtime";

/** `enum libbpf_errno` of bpf/libbpf.h, from 4000 on. */
const libbpfNames =
  "LIBELF FORMAT KVERSION ENDIAN INTERNAL RELOC LOAD VERIFY PROG2BIG KVER PROGTYPE WRNGPID INVSEQ NLPARSE";

/** Errnos that Node's table lacks: libbpf's, and one that the kernel means to keep to itself and does not. */
const further: Readonly<Record<string, number>> = {
  EBADFD: 77,
  ENOTSUPP: 524,
  ...Object.fromEntries(libbpfNames.split(" ").map((name, i) => [`LIBBPF_ERRNO__${name}`, 4000 + i])),
};

const names: ReadonlyMap<number, string> = new Map(
  [...Object.entries(constants.errno), ...Object.entries(further)]
    .filter(([name]) => name !== "EWOULDBLOCK" && name !== "EOPNOTSUPP")
    .map(([name, number]) => [number, name]),
);

/** Name of an errno given positive or negative: 22 and −22 are "EINVAL". */
export function errnoName(errno: number): string {
  return names.get(Math.abs(errno)) ?? `E${Math.abs(errno)}`;
}

/** The error of a call that returned `result`, −errno. */
export function kernelError(result: number, syscall: string, message: string): RingBufError {
  return new RingBufError(`${syscall}: ${message}`, { code: errnoName(result), errno: result, syscall });
}

/** An error of the platform's own calls as one of this runtime's. What Deno does not permit has no code of its own. */
export function systemError(cause: unknown, what: string): RingBufError {
  const { code = "EACCES", errno, syscall, message } = cause as NodeJS.ErrnoException;
  return new RingBufError(`${what}: ${message}`, { code, errno, syscall, cause });
}

/** An error that no system call gave. */
export function ringError(code: string, message: string): RingBufError {
  return new RingBufError(message, { code });
}
