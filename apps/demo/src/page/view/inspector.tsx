import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { membersOf, type SampleMember } from "../../records/sample-members.ts";
import { counted, printable } from "../../records/text.ts";
import { declarationOf, decoderOf, playgroundOf } from "../state/member-lines.ts";
import type { LoggedRecord } from "../state/record-log.ts";
import { kindNames } from "./kind-names.ts";

const bytesPerLine = 16;

/** The bytes of one record, and what each of them means. */
export function Inspector({ record }: { readonly record: LoggedRecord | undefined }): JSX.Element {
  return (
    <section class="panel inspector" aria-label="Record inspector">
      <h2>
        Inspector{" "}
        {record !== undefined && (
          <span class="unit">
            {`record ${record.ordinal}, struct ${record.event.kind}, ${counted(record.bytes.byteLength, "byte")}`}
          </span>
        )}
        {record !== undefined && (
          <a class="elsewhere" href={playgroundOf(record.bytes)} target="_blank" rel="noopener">
            Open in the playground
          </a>
        )}
      </h2>
      {record === undefined ? (
        <p class="empty">Choose a record in the table: its bytes and members are shown here.</p>
      ) : (
        <Sample key={record.ordinal} record={record} />
      )}
    </section>
  );
}

function Sample({ record }: { readonly record: LoggedRecord }): JSX.Element {
  const { bytes, event } = record;
  const members = useMemo(() => membersOf(event, bytes.byteLength), [event, bytes]);
  const owners = useMemo(() => ownersOf(members, bytes.byteLength), [members, bytes]);
  const [lit, setLit] = useState<number | undefined>();
  return (
    <>
      <Hex bytes={bytes} owners={owners} lit={lit} light={setLit} />
      <MemberLines record={event.kind} path={lit === undefined ? undefined : members[lit]?.path} />
      {members.length === 0 && <p class="empty">{`A record of kind “${kindNames[event.kind]}” has no layout here.`}</p>}
      <table class="members" onMouseLeave={() => setLit(undefined)}>
        <thead>
          <tr>
            <th scope="col">offset</th>
            <th scope="col">size</th>
            <th scope="col">C type</th>
            <th scope="col">member</th>
            <th scope="col">value</th>
          </tr>
        </thead>
        <tbody>
          {members.map((member, index) => (
            <tr
              key={member.path}
              data-member={member.path}
              class={index === lit ? "lit" : ""}
              onMouseEnter={() => setLit(index)}
            >
              <td class="number">{member.from}</td>
              <td class="number">{sizeOf(member)}</td>
              <td>{member.type}</td>
              <td>
                <button type="button" class="link" onFocus={() => setLit(index)} onClick={() => setLit(index)}>
                  {member.path}
                </button>
              </td>
              <td class="value">{printable(member.value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** The line of C that declares a member, and the line of generated code that decodes it. */
function MemberLines(props: { readonly record: string; readonly path: string | undefined }): JSX.Element {
  const { record, path } = props;
  const lines = path === undefined ? [] : [declarationOf(record, path), decoderOf(record, path)];
  return (
    <ul class="member-lines" aria-live="polite">
      {lines.map(
        (line) =>
          line !== undefined && (
            <li key={line.place}>
              <span class="unit">{line.place}</span> <code>{line.text}</code>
            </li>
          ),
      )}
      {path === undefined && (
        <li class="unit">Point at a byte or a member: its line of C and its decoder stand here.</li>
      )}
    </ul>
  );
}

interface HexProps {
  readonly bytes: Uint8Array;
  /** The member of each byte; undefined for padding and what lies behind the record. */
  readonly owners: readonly (number | undefined)[];
  readonly lit: number | undefined;
  readonly light: (member: number | undefined) => void;
}

function Hex({ bytes, owners, lit, light }: HexProps): JSX.Element {
  const lines: JSX.Element[] = [];
  for (let from = 0; from < bytes.byteLength; from += bytesPerLine) {
    const line = [...bytes.subarray(from, from + bytesPerLine)];
    const classOf = (index: number): string => {
      const owner = owners[from + index];
      if (owner === undefined) return "byte padding";
      return owner === lit ? "byte lit" : `byte band-${owner % 2}`;
    };
    lines.push(
      <div class="hex-line" key={from}>
        <span class="offset">{from.toString(16).padStart(4, "0")}</span>
        <span class="hex-bytes">
          {line.map((byte, index) => (
            <span
              key={index}
              class={classOf(index)}
              data-byte={from + index}
              onMouseEnter={() => light(owners[from + index])}
            >
              {byte.toString(16).padStart(2, "0")}
            </span>
          ))}
        </span>
        <span class="text">{line.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "·"))}</span>
      </div>,
    );
  }
  return (
    <div class="hex" role="group" aria-label="Bytes of the sample" tabIndex={0} onMouseLeave={() => light(undefined)}>
      {lines}
    </div>
  );
}

function ownersOf(members: readonly SampleMember[], byteLength: number): readonly (number | undefined)[] {
  const owners = new Array<number | undefined>(byteLength).fill(undefined);
  for (const [index, { from, to }] of members.entries()) owners.fill(index, from, to);
  return owners;
}

function sizeOf({ from, to, bits }: SampleMember): string {
  return bits === undefined ? String(to - from) : `${bits.count} bit${bits.count === 1 ? "" : "s"}`;
}
