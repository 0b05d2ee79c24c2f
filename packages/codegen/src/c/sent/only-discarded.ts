import type { Call, Expression } from "../body/tree.ts";
import type { Aliases } from "./aliases.ts";
import type { Code } from "./code.ts";
import type { Root } from "./place.ts";
import type { Context, RecordContexts } from "./record-contexts.ts";

/** Whether what the call `made` reserves is discarded, and never submitted, and all that it is handed to is followed. */
export function isOnlyDiscarded(made: Call, contexts: RecordContexts, aliases: Aliases, code: Code): boolean {
  const found = { discarded: false, others: false };
  const read = (context: Context): void => {
    const { handles, frame } = context;
    const { body } = frame;
    const isName = (root: Root): boolean => handles.has(root, frame);
    found.others ||= handles.open || handles.cut || body.obscure.length > 0;
    const mayPoint = (value: Expression): boolean => aliases.mayPoint(value, isName);
    found.others ||= body.stores.some(({ value }) => mayPoint(value));
    found.others ||= body.locals.some((local) => !isName(local) && local.values.some(mayPoint));
    for (const call of body.calls) {
      if (found.others) return;
      if (!code.reached.isReached(body.steps.ofCalls.get(call), frame)) continue;
      if (call === made || !call.args.some(mayPoint)) continue;
      if (contexts.calledBy(call, context) !== undefined) continue;
      const name = code.functions.calleeOf(call);
      const inner = contexts.enter(call, context, undefined, () => true);
      if (name === "bpf_ringbuf_discard" || name === "bpf_ringbuf_discard_dynptr") found.discarded = true;
      else if (inner.kind === "entered") read(inner.context);
      // A helper that is no callback's, and does not submit it, keeps nothing of it.
      else if (!name.startsWith("bpf_") || name.startsWith("bpf_ringbuf_")) found.others = true;
      else found.others ||= call.args.some((arg) => code.functions.runs(arg));
    }
  };
  for (const context of contexts.own) read(context);
  return found.discarded && !found.others;
}
