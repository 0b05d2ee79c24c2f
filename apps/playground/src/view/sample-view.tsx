import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { type Capture, isCapture, readCaptureFile } from "../codec/capture.ts";
import type { Decoder, RecordInfo } from "../codec/decoder.ts";
import { bytesOfHex, hexOf } from "../codec/hex.ts";
import { printable } from "../display-text.ts";
import type { MemberLink, Pointed } from "../source/links.ts";
import { CaptureList } from "./capture-list.tsx";
import { LongText } from "./long-text.tsx";
import { SampleBytes } from "./sample-bytes.tsx";
import { useDecoded } from "./use-decoded.ts";

/** Bytes of a file that is taken as one sample. */
const mostBytes = 1 << 20;

interface SampleViewProps {
  /** Undefined until what is open was read. */
  readonly decoder: Decoder | undefined;
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
  const { decoder, links, sample, change, capture, setCapture, lit, point } = props;
  const [chosen, choose] = useState("");
  const [index, setIndex] = useState<number | undefined>();
  const [refused, refuse] = useState<string | undefined>();
  const records = decoder?.records ?? [];
  const record = records.find(({ name }) => name === chosen) ?? records[0];
  const look = (at: number): void => {
    const kept = capture?.records[at];
    if (kept === undefined) return;
    setIndex(at);
    change(hexOf(kept.bytes));
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
        `${printable(file.name)} is no capture, and with ${bytes.byteLength} bytes too long for one sample: ${mostBytes} are taken.`,
      );
    } else type(hexOf(bytes));
  };
  return (
    <section class="panel sample" aria-label="Sample" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <h2>{capture === undefined ? "Decode a sample" : "Decode a capture"}</h2>
      <div class="fields">
        <label>
          record
          <select value={record?.name ?? ""} onChange={(event) => choose(event.currentTarget.value)}>
            {records.map(({ name }) => (
              <option key={name} value={name}>
                {printable(name)}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          disabled={record === undefined}
          onClick={() => record !== undefined && type(hexOf(new Uint8Array(record.size)))}
        >
          Zeros
        </button>
      </div>
      {capture !== undefined && (
        <CaptureList
          key={capture.name}
          capture={capture}
          decoder={decoder}
          record={record?.name}
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
      {record === undefined ? (
        <p class="empty">
          {decoder === undefined
            ? "There is nothing to decode yet."
            : "There is no record to decode: what is open has none, or an error."}
        </p>
      ) : (
        <Sample
          key={record.name}
          decoder={decoder}
          record={record}
          links={links}
          sample={sample}
          lit={lit}
          point={point}
        />
      )}
    </section>
  );
}

interface SampleProps extends Pick<SampleViewProps, "decoder" | "links" | "lit" | "point"> {
  readonly record: RecordInfo;
  readonly sample: string;
}

/** The bytes, beside the record that they are. */
function Sample({ decoder, record, links, sample, lit, point }: SampleProps): JSX.Element {
  const bytes = useMemo(() => bytesOfHex(sample), [sample]);
  const samples = useMemo(() => (typeof bytes === "string" || bytes.byteLength === 0 ? [] : [bytes]), [bytes]);
  const known = useDecoded(decoder, record.name, samples, 2);
  const decoded = known?.decoded[0];
  const kind = decoded !== undefined && "kind" in decoded ? decoded.kind : undefined;
  const members = useMemo(() => {
    const own = links.filter(({ type }) => nameOf(type) === record.name);
    // The struct that a record of several kinds is: its `kind` says it.
    return own.length > 0 ? own : links.filter(({ type }) => nameOf(type) === kind);
  }, [links, record.name, kind]);
  if (typeof bytes === "string") return <p class="wrong">{bytes}</p>;
  if (bytes.byteLength === 0) {
    return <p class="empty">{`A sample of ${record.name} has ${countedBytes(record.minByteLength)} or more.`}</p>;
  }
  return (
    <div class="beside" aria-busy={known?.samples !== samples}>
      <SampleBytes bytes={bytes} members={members} lit={lit} point={point} />
      {decoded === undefined ? (
        <p class="empty">Decoding …</p>
      ) : "wrong" in decoded ? (
        <p class="wrong">{decoded.wrong}</p>
      ) : (
        <LongText text={decoded.text} label="Decoded record" file={`${record.name}.json`} />
      )}
    </div>
  );
}

function nameOf(type: string): string {
  return type.replace(/^\w+ /, "");
}

function countedBytes(count: number): string {
  return `${count} byte${count === 1 ? "" : "s"}`;
}
