/** Names from 1 on, of include/uapi/asm-generic/errno.h; a dot where there is none. x86, Arm, RISC-V and s390 have these. */
const common = `EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV
ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK
ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP . ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR
EXFULL ENOANO EBADRQC EBADSLT . EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV ESRMNT ECOMM EPROTO
EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE
EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT
EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN
ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO
EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON`;

/** From 512 on, of include/linux/errno.h: what the kernel tells itself, which programs that trace it see. */
const internal = `ERESTARTSYS ERESTARTNOINTR ERESTARTNOHAND ENOIOCTLCMD ERESTART_RESTARTBLOCK EPROBE_DEFER EOPENSTALE ENOPARAM .
EBADHANDLE ENOTSYNC EBADCOOKIE ENOTSUPP ETOOSMALL ESERVERFAULT EBADTYPE EJUKEBOX EIOCBQUEUED ERECALLCONFLICT ENOGRACE`;

const names = new Map<number, string>();
const numbers = new Map<string, number>();

for (const [first, list] of [[1, common] as const, [512, internal] as const]) {
  for (const [index, name] of list.split(/\s+/).entries()) {
    if (name === ".") continue;
    names.set(first + index, name);
    numbers.set(name, first + index);
  }
}
numbers.set("EWOULDBLOCK", 11).set("EDEADLOCK", 35);

/**
 * The name of what a call of the kernel returned: "ENOENT" for −2; undefined for what is no negative errno, as a result is.
 * The numbers are those of include/uapi/asm-generic/errno.h, and of include/linux/errno.h from 512 on.
 */
export function errnoName(value: number | bigint): string | undefined {
  return typeof value === "number" || typeof value === "bigint" ? names.get(-Number(value)) : undefined;
}

/** The negative errno of a name; undefined of what is none. */
export function errnoOf(name: string): number | undefined {
  const number = numbers.get(name);
  return number === undefined ? undefined : -number;
}
