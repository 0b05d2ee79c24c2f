export type { EngineName } from "./engine/engine.ts";
export { AccessFault } from "./memory/access-fault.ts";
export { type MemoryOptions, VmMemory } from "./memory/memory.ts";
export type { ContextMembers, Region, RegionKind, RegionOptions } from "./memory/region.ts";
export { type Execution, giveInteger, giveWords, type Helper } from "./run/execution.ts";
export type { CurrentTask, Host } from "./run/host.ts";
export { type FaultFrame, type FaultReport, ProgramFault } from "./run/program-fault.ts";
export { type InstructionOptions, runInstructions } from "./run-instructions.ts";
