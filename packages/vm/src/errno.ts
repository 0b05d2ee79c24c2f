/** Negative errnos that helpers and maps return. */
export const errno = {
  EPERM: -1,
  ENOENT: -2,
  E2BIG: -7,
  EBADF: -9,
  EAGAIN: -11,
  ENOMEM: -12,
  EFAULT: -14,
  EBUSY: -16,
  EEXIST: -17,
  EINVAL: -22,
  ENOSPC: -28,
  ERANGE: -34,
  EDEADLK: -35,
  EOVERFLOW: -75,
} as const;
