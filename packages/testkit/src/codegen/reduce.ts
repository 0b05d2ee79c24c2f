import type { CComposite, CMember, CType } from "./c-type.ts";

/** Smaller forms of a type, larger steps first. */
function* smaller(type: CType): Generator<CType> {
  if (type.kind === "array") {
    yield type.element;
    if (type.count > 1) yield { ...type, count: 1 };
    for (const element of smaller(type.element)) yield { ...type, element };
  } else if (type.kind === "struct" || type.kind === "union") {
    if (type.members.length > 1) {
      for (let i = 0; i < type.members.length; i++) {
        yield { ...type, members: type.members.filter((_, index) => index !== i) };
      }
    }
    const { packed, align, typedef, ...bare } = type;
    if (packed !== undefined || align !== undefined || typedef !== undefined) yield bare;
    for (let i = 0; i < type.members.length; i++) {
      for (const member of smallerMembers(type.members[i]!)) {
        yield { ...type, members: type.members.map((old, index) => (index === i ? member : old)) };
      }
    }
  }
}

function* smallerMembers(member: CMember): Generator<CMember> {
  const { packed, align, ...bare } = member;
  if (packed !== undefined || align !== undefined) yield bare;
  for (const type of smaller(member.type)) {
    // An anonymous member is a struct or union; a tag would make it a declaration of nothing.
    if (member.name !== "" || type.kind === "struct" || type.kind === "union") yield { ...member, type };
  }
}

/** A record that still fails and of which nothing more can be taken away, within `budget` tries. */
export async function reduceRecord(
  record: CComposite,
  fails: (record: CComposite) => Promise<boolean>,
  budget = 120,
): Promise<CComposite> {
  let least = record;
  let tries = 0;
  for (let progress = true; progress; ) {
    progress = false;
    for (const candidate of smaller(least)) {
      if (++tries > budget) return least;
      if ((candidate.kind === "struct" || candidate.kind === "union") && (await fails(candidate))) {
        least = candidate;
        progress = true;
        break;
      }
    }
  }
  return least;
}
