export type { GlobalValue } from "@rbgen/runtime/backend";
export type { ArgumentsContext } from "./context/arguments.ts";
export type { ProgramContext } from "./context/program-context.ts";
export type { ProbeContext } from "./context/registers.ts";
export type { EngineName } from "./engine/engine.ts";
export type { HelperDefinition, KernelFunction } from "./helpers/helper-definition.ts";
export { helpers, kernelFunctions } from "./helpers/helper-table.ts";
export { mapTypes } from "./maps/create-map.ts";
export type { PerfRecord } from "./maps/perf-event-array.ts";
export { AccessFault } from "./memory/access-fault.ts";
export { type MemoryOptions, VmMemory } from "./memory/memory.ts";
export type { ContextMembers, Region, RegionKind, RegionOptions } from "./memory/region.ts";
export type { ContextInput } from "./object/context-input.ts";
export type { Coverage, CoveredLine } from "./object/coverage.ts";
export type { GlobalVariable } from "./object/data-section.ts";
export type { MapInfo } from "./object/map-info.ts";
export type { MapOptions } from "./object/object-maps.ts";
export type { VmObjectOptions } from "./object/object-options.ts";
export type { Replay, ReplayedRun, ReplayOptions } from "./object/replay.ts";
export type { VmArrayMap } from "./object/vm-array-map.ts";
export type { VmCgroupArray } from "./object/vm-cgroup-array.ts";
export type { VmHashMap } from "./object/vm-hash-map.ts";
export type { CurrentOptions } from "./object/vm-host.ts";
export type { InnerMap, VmMapOfMaps } from "./object/vm-map-of-maps.ts";
export { type FireOptions, VmObject } from "./object/vm-object.ts";
export type {
  AttachOptions,
  Link,
  ProgramInput,
  ProgramOutput,
  StepInput,
  VmProgram,
  Written,
} from "./object/vm-program.ts";
export type { VmStackTraces } from "./object/vm-stack-traces.ts";
export type { RecordedEvent, Recording } from "./recording/recording.ts";
export type { Place } from "./run/code.ts";
export { type Execution, giveInteger, giveWords, type Helper, type Redirection } from "./run/execution.ts";
export type { CurrentTask, DeclaredStack, Host } from "./run/host.ts";
export { type FaultFrame, type FaultReport, ProgramFault } from "./run/program-fault.ts";
export { type InstructionOptions, runInstructions } from "./run-instructions.ts";
export type { MemoryWrite, StepState } from "./step/step-state.ts";
export type { SteppedRun, StepUnit } from "./step/stepped-run.ts";
export type { KernelObject } from "./world/kernel-object.ts";
export type { Fields, TaskFields, World } from "./world/world.ts";
export type { FieldValue } from "./world/write-fields.ts";
