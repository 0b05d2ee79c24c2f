export { AccessFault } from "./memory/access-fault.ts";
export { type MemoryOptions, VmMemory } from "./memory/memory.ts";
export type { ContextMembers, Region, RegionKind, RegionOptions } from "./memory/region.ts";
export { type Execution, giveInteger, giveWords, type Helper } from "./run/execution.ts";
