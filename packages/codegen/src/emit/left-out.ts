import { identifier } from "../plan/names.ts";
import { type Code, code, quote } from "./code.ts";
import { type EmitContext, use } from "./context.ts";
import type { RecordPart } from "./record-part.ts";

/** A member of a codec that belongs to a part which the file is without. */
export function leftOut(context: EmitContext, member: string, part: RecordPart): Code {
  return code`${identifier(member)}: () => ${use(context, "leftOut")}(${quote(part)}),`;
}
