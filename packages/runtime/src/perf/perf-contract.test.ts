import { emulatedPerfSide } from "@rbgen/testkit/contract/emulated-perf-side";
import { perfContract } from "@rbgen/testkit/contract/perf-contract";

perfContract("the contract of perf event arrays in the emulated kernel", emulatedPerfSide);
