import { expect } from "vitest";
import type { Block } from "./documents.ts";
import { queried } from "./duckdb.ts";
import type { UserFolder } from "./packages.ts";

/** What a command printed, but for the time that it took. */
const timeless = (text: string): string => text.replace(/\d+ ms/g, "… ms");

/** Does what blocks of a page say: writes the files, then runs the commands in order and compares what they print. */
export async function follow(user: UserFolder, blocks: readonly Block[]): Promise<void> {
  for (const { name, text } of blocks) if (name !== undefined) user.write(name, text);
  let printed = "";
  for (const { language, text } of blocks) {
    if (language === "sh") {
      const { out, err } = await user.shell(text);
      printed = err + out;
    }
    if (language === "sql") printed = await queried(user.path, text);
    if (language === "" && text === "") throw new Error("an output of a page is empty");
    if (language === "") expect(timeless(printed)).toContain(timeless(text));
  }
}
