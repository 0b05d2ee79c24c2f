/** Commit or drain without waking the waiters. */
export const BPF_RB_NO_WAKEUP = 1;
/** Wake the waiters whatever the ring holds. */
export const BPF_RB_FORCE_WAKEUP = 2;
