import type { Typedef } from "@rbgen/btf";
import { identityOf } from "./identity.ts";
import type { AliasPlan, CompositePlan, EnumPlan } from "./model.ts";
import { type NameCase, type Scope, type TypeNames, typeName } from "./names.ts";

/** What a codec exports by a name that its type has. */
const values = ["codec", "decode", "encode", "layout"] as const satisfies readonly (keyof TypeNames)[];
const types = ["type", "view", "writer"] as const satisfies readonly (keyof TypeNames)[];

/** Further names of records and enums, taken after all that the file declares: what has a name already keeps it. */
export function planAliases(
  aliases: readonly Typedef[],
  records: readonly CompositePlan[],
  enums: readonly EnumPlan[],
  scope: Scope,
  nameCase: NameCase,
): readonly AliasPlan[] {
  const planned = new Map<string, AliasPlan>();
  for (const { name, target } of aliases) {
    const identity = identityOf(target);
    const record = records.find((plan) => identityOf(plan.type) === identity);
    const declared = record ?? enums.find((plan) => identityOf(plan.type) === identity);
    const own = record?.names.type ?? (declared as EnumPlan | undefined)?.name;
    if (declared === undefined || declared.cName === name || own === typeName(name, nameCase)) continue;
    if (!planned.has(name)) planned.set(name, aliasOf(name, record, declared, scope, nameCase));
  }
  return [...planned.values()];
}

function aliasOf(
  cName: string,
  record: CompositePlan | undefined,
  declared: CompositePlan | EnumPlan,
  scope: Scope,
  nameCase: NameCase,
): AliasPlan {
  const names = scope.takeFamily(cName, nameCase);
  if (record !== undefined) {
    const of = (key: keyof TypeNames) => ({ alias: names[key], of: record.names[key] });
    // With C's own names a type and its codec share one.
    const shared = names.type === names.codec ? types.slice(1) : types;
    return { cName, values: values.map(of), types: shared.map(of) };
  }
  // An enum's values and its type have one name.
  return { cName, values: [{ alias: names.type, of: (declared as EnumPlan).name }], types: [] };
}
