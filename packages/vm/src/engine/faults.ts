/** That an instruction read a register before any other set it. */
export function notSet(register: number): string {
  return `R${register} is read, and was never set on the way here`;
}

/** What an atomic instruction on a context is told. */
export const atomicContext: string = "BPF_ATOMIC stores into a context are not allowed";

/** What a call by register of a number without helper is told. */
export const noHelper: string = "a call of a helper that there is not";
