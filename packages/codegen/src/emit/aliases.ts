import type { AliasedName, AliasPlan } from "../plan/model.ts";
import { block, type Code, code, commentText, join } from "./code.ts";

function names(list: readonly AliasedName[]): Code {
  return join(
    list.map(({ of, alias }) => code`${of} as ${alias}`),
    code`, `,
  );
}

/** Further names under which records and enums are exported. */
export function aliasStatements(aliases: readonly AliasPlan[]): Code[] {
  return aliases.map(({ cName, values, types }) =>
    block([
      code`/** \`${commentText(cName)}\`: another name. */`,
      code`export { ${names(values)} };`,
      ...(types.length === 0 ? [] : [code`export type { ${names(types)} };`]),
    ]),
  );
}
