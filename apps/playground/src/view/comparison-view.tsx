import type { JSX } from "preact";
import { printable } from "../display-text.ts";
import type { Comparison, JoinedMember, TypeComparison } from "../source/comparison.ts";
import { Sideways } from "./sideways.tsx";

/** Types whose changes are drawn. */
const mostTypes = 30;
const lineHeight = 22;
const columnWidth = 230;
const gap = 140;

/** What differs between two versions, members joined from where they were to where they are. */
export function ComparisonView({ comparison }: { readonly comparison: Comparison }): JSX.Element {
  const { types, onlyBefore, onlyAfter, same } = comparison;
  const different = types.length + onlyBefore.length + onlyAfter.length;
  return (
    <section class="panel" aria-label="Comparison">
      <h2>{different === 0 ? "No layout differs" : `${different} of ${different + same} types differ`}</h2>
      {types.slice(0, mostTypes).map((type) => (
        <TypeChanges key={type.name} type={type} />
      ))}
      {types.length > mostTypes && (
        <p>{`Different, too: ${types
          .slice(mostTypes)
          .map(({ name }) => name)
          .join(", ")}`}</p>
      )}
      {onlyBefore.length > 0 && <p>{`Only in the older version: ${onlyBefore.join(", ")}`}</p>}
      {onlyAfter.length > 0 && <p>{`Only in this version: ${onlyAfter.join(", ")}`}</p>}
    </section>
  );
}

function TypeChanges({ type }: { readonly type: TypeComparison }): JSX.Element {
  return (
    <div class="changes" data-changed={type.name}>
      <h3>{printable(type.name)}</h3>
      <ul class="differences">
        {type.differences.map(({ message }) => (
          <li key={message}>{printable(message)}</li>
        ))}
      </ul>
      <Joins members={type.members} name={type.name} />
    </div>
  );
}

function Joins({ members, name }: { readonly members: readonly JoinedMember[]; readonly name: string }): JSX.Element {
  const old = members.filter(({ before }) => before !== undefined).sort((a, b) => a.before! - b.before!);
  const now = members.filter(({ after }) => after !== undefined).sort((a, b) => a.after! - b.after!);
  const height = Math.max(old.length, now.length, 1) * lineHeight + 4;
  const width = 2 * columnWidth + gap;
  const y = (index: number): number => index * lineHeight + 16;
  return (
    <Sideways label={`Members of ${name} before and after`}>
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img">
        <title>{`Where members of ${name} went`}</title>
        {old.map((member, index) => (
          <text key={member.path} x={4} y={y(index)} class={changeOf(member)}>
            {printable(`${placeOf(member.before)} ${member.path}`)}
          </text>
        ))}
        {now.map((member, index) => (
          <text key={member.path} x={columnWidth + gap} y={y(index)} class={changeOf(member)}>
            {printable(`${placeOf(member.after)} ${member.path}`)}
          </text>
        ))}
        {old.map((member, index) => {
          const to = now.indexOf(member);
          if (to < 0) return null;
          const [x1, x2] = [columnWidth, columnWidth + gap - 6];
          return (
            <line
              key={member.path}
              class={changeOf(member)}
              data-joined={member.path}
              {...{ x1, y1: y(index) - 4, x2, y2: y(to) - 4 }}
            />
          );
        })}
      </svg>
    </Sideways>
  );
}

function changeOf({ before, after }: JoinedMember): string {
  if (before === undefined) return "added";
  if (after === undefined) return "removed";
  return before === after ? "kept" : "moved";
}

function placeOf(bits: number | undefined): string {
  if (bits === undefined) return "";
  return bits % 8 === 0 ? `${bits / 8}` : `${Math.floor(bits / 8)}:${bits % 8}`;
}
