/** One run of lines: kept, taken away or added. */
interface Edit {
  readonly kind: " " | "-" | "+";
  readonly line: string;
}

/** Beyond this many differing lines the difference is shown as one replacement: the search costs their square. */
const searchLimit = 4000;

/** The shortest edit script from `before` to `after` (Myers, "An O(ND) Difference Algorithm"). */
function editScript(before: readonly string[], after: readonly string[]): Edit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (
    tail < before.length - head &&
    tail < after.length - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  ) {
    tail += 1;
  }
  const keep = (lines: readonly string[]): Edit[] => lines.map((line) => ({ kind: " ", line }));
  return [
    ...keep(before.slice(0, head)),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...keep(before.slice(before.length - tail)),
  ];
}

function replaceAll(before: readonly string[], after: readonly string[]): Edit[] {
  return [...before.map((line): Edit => ({ kind: "-", line })), ...after.map((line): Edit => ({ kind: "+", line }))];
}

function middle(before: readonly string[], after: readonly string[]): Edit[] {
  const most = before.length + after.length;
  if (before.length === 0 || after.length === 0 || most > searchLimit) return replaceAll(before, after);
  // furthest[k + most]: the furthest x on diagonal k = x − y.
  const furthest = new Int32Array(2 * most + 1);
  const history: Int32Array[] = [];
  for (let depth = 0; ; depth += 1) {
    history.push(furthest.slice(most - depth, most + depth + 1));
    for (let k = -depth; k <= depth; k += 2) {
      const down = k === -depth || (k !== depth && furthest[most + k - 1]! < furthest[most + k + 1]!);
      let x = down ? furthest[most + k + 1]! : furthest[most + k - 1]! + 1;
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x += 1;
      furthest[most + k] = x;
      if (x >= before.length && x - k >= after.length) return trace(before, after, history);
    }
  }
}

/** Walks back from the end through the diagonals of each depth. */
function trace(before: readonly string[], after: readonly string[], history: readonly Int32Array[]): Edit[] {
  const edits: Edit[] = [];
  let x = before.length;
  let y = after.length;
  for (let depth = history.length - 1; depth > 0; depth -= 1) {
    const row = history[depth]!;
    const at = (k: number) => row[k + depth]!;
    const k = x - y;
    const down = k === -depth || (k !== depth && at(k - 1) < at(k + 1));
    const fromK = down ? k + 1 : k - 1;
    const fromX = at(fromK);
    const fromY = fromX - fromK;
    const startX = down ? fromX : fromX + 1;
    while (x > startX) {
      x -= 1;
      y -= 1;
      edits.push({ kind: " ", line: before[x]! });
    }
    if (down) edits.push({ kind: "+", line: after[fromY]! });
    else edits.push({ kind: "-", line: before[fromX]! });
    x = fromX;
    y = fromY;
  }
  while (x > 0) {
    x -= 1;
    edits.push({ kind: " ", line: before[x]! });
  }
  return edits.reverse();
}

const context = 3;

/** Lines of a text; a last line without a line end is marked as `diff` marks it. */
function linesOf(text: string): string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  if (lines[lines.length - 1] === "") lines.pop();
  else lines[lines.length - 1] += "\n\\ No newline at end of file";
  return lines;
}

/**
 * The difference of two texts in the unified format, with three lines of context; empty where they are equal.
 * `patch` takes it.
 */
export function unifiedDiff(before: string, after: string, beforeName: string, afterName: string): string {
  if (before === after) return "";
  const edits = editScript(linesOf(before), linesOf(after));
  let text = `--- ${beforeName}\n+++ ${afterName}\n`;
  let index = 0;
  let oldLine = 1;
  let newLine = 1;
  while (index < edits.length) {
    let change = index;
    while (change < edits.length && edits[change]!.kind === " ") change += 1;
    if (change === edits.length) break;
    const start = Math.max(index, change - context);
    oldLine += start - index;
    newLine += start - index;
    let end = change;
    for (let quiet = 0; end < edits.length && quiet <= 2 * context; end += 1) {
      quiet = edits[end]!.kind === " " ? quiet + 1 : 0;
    }
    let last = end;
    while (edits[last - 1]!.kind === " ") last -= 1;
    last = Math.min(edits.length, last + context);
    const hunk = edits.slice(start, last);
    const oldCount = hunk.filter((edit) => edit.kind !== "+").length;
    const newCount = hunk.filter((edit) => edit.kind !== "-").length;
    const range = (from: number, count: number) =>
      count === 1 ? `${from}` : `${count === 0 ? from - 1 : from},${count}`;
    text += `@@ -${range(oldLine, oldCount)} +${range(newLine, newCount)} @@\n`;
    for (const edit of hunk) text += `${edit.kind}${edit.line}\n`;
    oldLine += oldCount;
    newLine += newCount;
    index = last;
  }
  return text;
}
