import type { JsonValue, RecordCodec } from "@rbgen/runtime";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Capture, isCapture, readCaptureFile } from "../codec/capture.ts";
import { type Decoded, decodeSample } from "../codec/decoded.ts";
import { bytesOfHex, hexOf } from "../codec/hex.ts";
import type { MemberLink, Pointed } from "../source/links.ts";
import { CaptureList } from "./capture-list.tsx";

/** Bytes of a sample that is shown, each as an element. */
const mostBytes = 65_536;

interface SampleViewProps {
  readonly codecs: readonly RecordCodec<unknown>[];
  readonly links: readonly MemberLink[];
  readonly sample: string;
  readonly change: (sample: string) => void;
  readonly capture: Capture | undefined;
  readonly setCapture: (capture: Capture | undefined) => void;
  readonly lit: Pointed | undefined;
  readonly point: (pointed: Pointed | undefined) => void;
}

/** Bytes in hex, decoded by the generated code as they are typed, or those of a capture. */
export function SampleView(props: SampleViewProps): JSX.Element {
  const { codecs, links, sample, change, capture, setCapture, lit, point } = props;
  const [chosen, choose] = useState("");
  const [index, setIndex] = useState<number | undefined>();
  const [refused, refuse] = useState<string | undefined>();
  const codec = codecs.find(({ name }) => name === chosen) ?? codecs[0];
  const look = (at: number): void => {
    const record = capture?.records[at];
    if (record === undefined) return;
    setIndex(at);
    change(hexOf(record.bytes));
  };
  useEffect(() => {
    setIndex(undefined);
    look(0);
  }, [capture]);
  const type = (text: string): void => {
    refuse(undefined);
    setIndex(undefined);
    change(text);
  };
  // Here a file is a capture, or the bytes of one sample; anywhere else on the page it may be a source.
  const drop = async (event: DragEvent): Promise<void> => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file === undefined) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (isCapture(bytes)) setCapture(readCaptureFile(file.name, bytes));
    else if (bytes.byteLength > mostBytes) {
      refuse(
        `${file.name} is no capture, and with ${bytes.byteLength} bytes too long for one sample: ${mostBytes} are shown.`,
      );
    } else type(hexOf(bytes));
  };
  return (
    <section class="panel sample" aria-label="Sample" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <h2>{capture === undefined ? "Decode a sample" : "Decode a capture"}</h2>
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
          onClick={() => codec !== undefined && type(hexOf(new Uint8Array(codec.size)))}
        >
          Zeros
        </button>
      </div>
      {capture !== undefined && (
        <CaptureList
          key={capture.name}
          capture={capture}
          codec={codec}
          chosen={index}
          choose={look}
          close={() => setCapture(undefined)}
        />
      )}
      <textarea
        aria-label="Bytes of a sample, in hex"
        rows={3}
        spellcheck={false}
        placeholder="Paste bytes in hex, 01 00 00 00 …, or drop a file of them, or a capture: toBytes() of a RingCapture"
        value={sample}
        onInput={(event) => type(event.currentTarget.value)}
      />
      {refused !== undefined && (
        <p class="wrong" role="alert">
          {refused}
        </p>
      )}
      {codec === undefined ? (
        <p class="empty">There is no record to decode: what is open has none, or an error.</p>
      ) : (
        <Sample codec={codec} links={links} sample={sample} lit={lit} point={point} />
      )}
    </section>
  );
}

interface SampleProps extends Pick<SampleViewProps, "links" | "sample" | "lit" | "point"> {
  readonly codec: RecordCodec<unknown>;
}

/** The bytes, beside the record that they are. */
function Sample({ codec, links, sample, lit, point }: SampleProps): JSX.Element {
  const bytes = bytesOfHex(sample);
  if (typeof bytes === "string") return <p class="wrong">{bytes}</p>;
  if (bytes.byteLength === 0) {
    return <p class="empty">{`A sample of ${codec.name} has ${codec.minByteLength} bytes or more.`}</p>;
  }
  const decoded = decodeSample(codec, bytes);
  const name = links.some(({ type }) => nameOf(type) === codec.name) ? codec.name : kindOf(decoded);
  return (
    <div class="beside">
      <Bytes bytes={bytes} links={links} name={name} lit={lit} point={point} />
      {"wrong" in decoded ? (
        <p class="wrong">{decoded.wrong}</p>
      ) : (
        <pre class="decoded" role="region" tabIndex={0} aria-label="Decoded record">
          {JSON.stringify(decoded.value, null, 2)}
        </pre>
      )}
    </div>
  );
}

/** The struct that a record of several kinds is: its `kind` says it. */
function kindOf(decoded: Decoded): string | undefined {
  const value: JsonValue = "value" in decoded ? decoded.value : null;
  const kind = typeof value === "object" && value !== null && "kind" in value ? value["kind"] : undefined;
  return typeof kind === "string" ? kind : undefined;
}

function nameOf(type: string): string {
  return type.replace(/^\w+ /, "");
}

interface BytesProps extends Pick<SampleViewProps, "links" | "lit" | "point"> {
  readonly bytes: Uint8Array;
  readonly name: string | undefined;
}

function Bytes({ bytes, links, name, lit, point }: BytesProps): JSX.Element {
  const own = links.filter(({ type }) => nameOf(type) === name);
  const owners = new Array<MemberLink | undefined>(bytes.byteLength).fill(undefined);
  // A flexible member ends where the sample does.
  const endOf = ({ kind, to }: Pointed): number => (kind === "flexible" ? bytes.byteLength : Math.ceil(to / 8));
  for (const link of own) owners.fill(link, Math.floor(link.from / 8), endOf(link));
  const isLit = (index: number): boolean =>
    lit !== undefined && lit.type === own[0]?.type && index >= Math.floor(lit.from / 8) && index < endOf(lit);
  return (
    <div class="hex" role="group" aria-label="Bytes of the sample" tabIndex={0} onMouseLeave={() => point(undefined)}>
      {[...bytes].map((byte, index) => (
        <span
          key={index}
          class={isLit(index) ? "byte lit" : owners[index] === undefined ? "byte unused" : "byte"}
          data-byte={index}
          onMouseEnter={() => point(owners[index])}
        >
          {byte.toString(16).padStart(2, "0")}
        </span>
      ))}
    </div>
  );
}
