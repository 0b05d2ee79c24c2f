import { UnsupportedError } from "../errors.ts";

/**
 * In place of a member of a codec whose file was generated without `part`.
 * @throws UnsupportedError
 */
export function leftOut(part: string): never {
  throw new UnsupportedError(
    `the codec was generated without ${part}: add it to --only, or \`only\` of the configuration`,
  );
}
