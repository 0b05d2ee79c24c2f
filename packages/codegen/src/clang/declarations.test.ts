import { expect, test } from "vitest";
import { readClangDeclarations } from "./declarations.ts";

const dump = `TranslationUnitDecl 0x1 <<invalid sloc>> <invalid sloc>
|-TypedefDecl 0x2 <<invalid sloc>> <invalid sloc> implicit __int128_t '__int128'
|-TypedefDecl 0x3 </usr/include/b.h:1:1, col:15> col:15 referenced base_t 'int'
| \`-BuiltinType 0x4 'int'
|-RecordDecl 0x5 </w/a.h:3:1, line:9:1> line:3:8 struct outer definition
| |-FullComment 0x6 <line:1:3, col:9>
| | \`-TextComment 0x7 <col:3, col:9> Text=" see </usr/x.h:1:2> "
| |-RecordDecl 0x8 <line:4:2, line:6:2> line:4:9 struct inner definition
| |-RecordDecl 0x9 <line:7:2, col:12> col:2 union definition
| \`-FieldDecl 0xa <line:4:2, line:6:4> col:4 field 'struct inner':'struct inner'
|-RecordDecl 0xb <line:10:1, col:8> col:8 struct declared
|-RecordDecl 0xc prev 0xb <line:11:1, col:30> col:8 struct declared definition
|-EnumDecl 0xd <line:12:1, col:40> col:6 kind
| |-FullComment 0xe <line:11:5, col:9>
| \`-EnumConstantDecl 0xf <col:13, col:21> col:13 A 'int'
|-EnumDecl 0x10 <line:13:1, col:6> col:6 only_declared
|-FunctionDecl 0x11 <line:14:1, line:16:1> line:14:19 helper 'int (void)' static inline
| \`-CompoundStmt 0x12 <line:14:32, line:16:1>
|   \`-DeclStmt 0x13 <line:15:2, col:30>
|     \`-RecordDecl 0x14 <line:15:2, col:20> col:9 struct local definition
\`-TypedefDecl 0x15 <line:17:1, col:30> col:22 final_t 'struct declared':'struct declared'
`;

test("declarations are told from a syntax tree as their definitions end, with their files, those of functions left out", () => {
  expect(readClangDeclarations(dump).map(({ kind, name, file }) => `${file} ${kind} ${name}`)).toEqual([
    "/usr/include/b.h typedef base_t",
    "/w/a.h struct inner",
    "/w/a.h struct outer",
    "/w/a.h struct declared",
    "/w/a.h enum kind",
    "/w/a.h typedef final_t",
  ]);
});
