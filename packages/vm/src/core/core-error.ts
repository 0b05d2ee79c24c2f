/** A CO-RE relocation that no loader takes: it contradicts the object's own types, or the target's contradict each other. */
export class CoreError extends Error {
  override readonly name = "CoreError";
}
