import { helpers } from "./sending/helpers.ts";
import { lengths } from "./sending/lengths.ts";
import { maps } from "./sending/maps.ts";
import { nowhere } from "./sending/nowhere.ts";
import type { SendingProgram } from "./sending/program.ts";
import { styles } from "./sending/styles.ts";
import { tags } from "./sending/tags.ts";
import { wrappers } from "./sending/wrappers.ts";

export { anchorsOf, type ProgramRun, type SendingProgram, sendingHead, sourceOf } from "./sending/program.ts";

/** Programs that clang compiles, in the shapes of real ones. */
export const sendingPrograms: readonly SendingProgram[] = [
  ...helpers,
  ...wrappers,
  ...maps,
  ...lengths,
  ...tags,
  ...styles,
  ...nowhere,
];
