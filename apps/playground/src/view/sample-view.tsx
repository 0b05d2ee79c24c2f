import type { RecordCodec } from "@rbgen/runtime";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { bytesOfHex, hexOf } from "../codec/hex.ts";
import type { MemberLink } from "../source/links.ts";
import type { Pointed } from "./picture-view.tsx";

interface SampleViewProps {
  readonly codecs: readonly RecordCodec<unknown>[];
  readonly links: readonly MemberLink[];
  readonly sample: string;
  readonly change: (sample: string) => void;
  readonly lit: Pointed | undefined;
  readonly point: (pointed: Pointed | undefined) => void;
}

/** Bytes in hex, decoded by the generated code as they are typed. */
export function SampleView({ codecs, links, sample, change, lit, point }: SampleViewProps): JSX.Element {
  const [chosen, choose] = useState("");
  const codec = codecs.find(({ name }) => name === chosen) ?? codecs[0];
  const bytes = bytesOfHex(sample);
  const drop = async (event: DragEvent): Promise<void> => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) change(hexOf(new Uint8Array(await file.arrayBuffer()).subarray(0, 65_536)));
  };
  return (
    <section class="panel sample" aria-label="Sample" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <h2>Decode a sample</h2>
      <div class="fields">
        <label>
          record
          <select value={codec?.name ?? ""} onChange={(event) => choose(event.currentTarget.value)}>
            {codecs.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <button
          type="button"
          disabled={codec === undefined}
          onClick={() => codec !== undefined && change(hexOf(new Uint8Array(codec.size)))}
        >
          Zeros
        </button>
      </div>
      <textarea
        aria-label="Bytes of a sample, in hex"
        rows={3}
        spellcheck={false}
        placeholder="Paste bytes in hex, or drop a file of them: 01 00 00 00 …"
        value={sample}
        onInput={(event) => change(event.currentTarget.value)}
      />
      {codec === undefined ? (
        <p class="empty">There is no record to decode: the source above has none, or an error.</p>
      ) : typeof bytes === "string" ? (
        <p class="wrong">{bytes}</p>
      ) : bytes.byteLength === 0 ? (
        <p class="empty">{`A sample of ${codec.name} has ${codec.minByteLength} bytes or more.`}</p>
      ) : (
        <>
          <Bytes bytes={bytes} links={links} name={codec.name} lit={lit} point={point} />
          <Decoded codec={codec} bytes={bytes} />
        </>
      )}
    </section>
  );
}

interface BytesProps extends Pick<SampleViewProps, "links" | "lit" | "point"> {
  readonly bytes: Uint8Array;
  readonly name: string;
}

function Bytes({ bytes, links, name, lit, point }: BytesProps): JSX.Element {
  const own = links.filter(({ type }) => type.replace(/^\w+ /, "") === name);
  const owners = new Array<MemberLink | undefined>(bytes.byteLength).fill(undefined);
  for (const link of own) owners.fill(link, Math.floor(link.from / 8), Math.ceil(link.to / 8));
  return (
    <div class="hex" role="group" aria-label="Bytes of the sample" tabIndex={0} onMouseLeave={() => point(undefined)}>
      {[...bytes].map((byte, index) => {
        const owner = owners[index];
        const is = owner !== undefined && owner.type === lit?.type && owner.path === lit.path;
        return (
          <span
            key={index}
            class={is ? "byte lit" : owner === undefined ? "byte unused" : "byte"}
            data-byte={index}
            onMouseEnter={() => point(owner)}
          >
            {byte.toString(16).padStart(2, "0")}
          </span>
        );
      })}
    </div>
  );
}

/** The record, or why the bytes are none. */
function Decoded(props: { readonly codec: RecordCodec<unknown>; readonly bytes: Uint8Array }): JSX.Element {
  const { codec, bytes } = props;
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return (
      <pre class="decoded" role="region" tabIndex={0} aria-label="Decoded record">
        {JSON.stringify(codec.toJSON(codec.decode(view, 0, bytes.byteLength)), null, 2)}
      </pre>
    );
  } catch (error) {
    return <p class="wrong">{error instanceof Error ? error.message : String(error)}</p>;
  }
}
