import { errno } from "../errno.ts";
import type { Region } from "../memory/region.ts";
import { type Execution, giveInteger, giveWords } from "../run/execution.ts";
import { highOf, lowOf } from "./arguments.ts";
import type { KernelFunction } from "./helper-definition.ts";

/** `struct bpf_iter_num`. */
const iteratorBytes = 8;
/** Turns at most (`BPF_MAX_LOOPS`). */
const maxTurns = 8 * 1024 * 1024;

/** Kernel functions of open-coded iterators over numbers (kernel/bpf/bpf_iter.c). */
export const iteratorFunctions: readonly KernelFunction[] = [
  { name: "bpf_iter_num_new", run: begin },
  { name: "bpf_iter_num_next", run: next },
  { name: "bpf_iter_num_destroy", run: destroy },
];

/** An iterator that a program holds: what it is at, and where the program reads that. */
class NumberIterator {
  current: number;
  end: number;
  readonly region: Region;

  constructor(current: number, end: number, region: Region) {
    this.current = current;
    this.end = end;
    this.region = region;
  }
}

function begin(execution: Execution): void {
  const { memory, objects } = execution;
  const [low, high] = [lowOf(memory, 1), highOf(memory, 1)];
  const [start, end] = [lowOf(memory, 2), lowOf(memory, 3)];
  if (objects.at(low, high, iteratorBytes) !== undefined) {
    execution.fault("expected uninitialized iter_num as arg #1");
  }
  if (objects.leftAt(low, high, iteratorBytes) instanceof NumberIterator) {
    execution.fault("an iterator was here and was overwritten: call bpf_iter_num_destroy for it first");
  }
  const result = start > end ? errno.EINVAL : end - start > maxTurns ? errno.E2BIG : 0;
  const region = memory.allocate(4, { kind: "memory", name: "number of an iterator", access: "read" });
  const iterator = result === 0 ? new NumberIterator(start - 1, end, region) : new NumberIterator(0, 0, region);
  if (!objects.put(low, high, iteratorBytes, iterator)) {
    execution.fault("arg#1 expected pointer to an iterator on stack, aligned to 8 bytes");
  }
  execution.owe(iterator, "an iterator that bpf_iter_num_destroy was not called for");
  giveInteger(memory, result);
}

function next(execution: Execution): void {
  const { memory } = execution;
  const iterator = iteratorIn(execution);
  if (iterator.current + 1 >= iterator.end) {
    iterator.current = 0;
    iterator.end = 0;
    giveWords(memory, 0, 0);
    return;
  }
  iterator.current += 1;
  memory.watch?.(iterator.region, 0, iterator.region.address, 4);
  memory.view.setInt32(iterator.region.address, iterator.current, true);
  giveWords(memory, 0, iterator.region.id);
}

function destroy(execution: Execution): void {
  const { memory, objects } = execution;
  const iterator = iteratorIn(execution);
  memory.release(iterator.region);
  objects.remove(lowOf(memory, 1), highOf(memory, 1), iteratorBytes);
  execution.settle(iterator);
}

function iteratorIn(execution: Execution): NumberIterator {
  const { memory, objects } = execution;
  const found = objects.at(lowOf(memory, 1), highOf(memory, 1), iteratorBytes);
  return found instanceof NumberIterator
    ? found
    : execution.fault("expected an initialized iter_num as arg #1: call bpf_iter_num_new first");
}
