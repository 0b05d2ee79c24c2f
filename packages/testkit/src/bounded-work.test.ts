import { expect, test } from "vitest";
import { BoundedWork } from "./bounded-work.ts";
import { CallCounter } from "./call-counter.ts";

/** As many calls as its input's first byte says, in hundreds. */
const work = ([hundreds = 0]: Uint8Array): void => {
  for (let i = 0; i < 100 * hundreds; i += 1) new Counted().call();
};
class Counted {
  call(): number {
    return 1;
  }
}
const here = (url: string): boolean => url.includes("bounded-work.test");

test("an input that costs too much is named, wherever it stands in its batch", () => {
  using bounded = new BoundedWork(here, 2000);
  const run = bounded.wrap(work);
  expect(() => {
    for (let i = 0; i < 1000; i += 1) run(Uint8Array.of(i === 700 ? 30 : 1, 7));
  }).toThrow(/^2 bytes took \d+ calls$/);
});

test("many inputs may cost more together than one of them", () => {
  using bounded = new BoundedWork(here, 2000);
  const run = bounded.wrap(work);
  for (let i = 0; i < 600; i += 1) run(Uint8Array.of(1));
  bounded.settle();
});

test("the last ones are looked at when it is settled", () => {
  using bounded = new BoundedWork(here, 2000);
  bounded.wrap(work)(Uint8Array.of(30));
  expect(() => bounded.settle()).toThrow("1 bytes took");
});

test("what work throws passes through, and is counted all the same", () => {
  using bounded = new BoundedWork(here, 2000);
  const run = bounded.wrap((input) => {
    work(input);
    throw new RangeError("no");
  });
  expect(() => run(Uint8Array.of(1))).toThrow(RangeError);
  expect(() => bounded.settle()).not.toThrow();
});

test("work of which nothing is counted is an error", () => {
  using bounded = new BoundedWork(() => false, 2000);
  bounded.wrap(work)(Uint8Array.of(1));
  expect(() => bounded.settle()).toThrow("nothing was counted");
  using counter = new CallCounter(here);
  work(Uint8Array.of(1));
  expect(counter.take()).toBeGreaterThan(0);
});
