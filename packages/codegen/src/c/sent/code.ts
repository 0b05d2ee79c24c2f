import type { BodyPlaces } from "./body-places.ts";
import type { Flow } from "./flow.ts";
import type { Functions } from "./functions.ts";
import type { Integers } from "./integers.ts";
import type { PointsTo } from "./points-to.ts";
import type { ReachedSteps } from "./reached-steps.ts";
import type { Typing } from "./typing.ts";

/** What functions do, as far as the flow of records asks. */
export interface Code {
  readonly functions: Functions;
  readonly typing: Typing;
  readonly integers: Integers;
  readonly bodies: BodyPlaces;
  readonly reached: ReachedSteps;
  readonly flow: Flow;
  readonly memory: PointsTo;
  /** Steps that are left for all searches. */
  readonly budget: { left: number };
}
