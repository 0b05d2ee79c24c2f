import type { RecordCodec } from "@rbgen/runtime";
import { svgOf } from "rbgen";
import { decodeBy, recordsOf } from "../codec/decoder.ts";
import { codecsOf, loadGenerated, type RunScript } from "../codec/generated-module.ts";
import { compareVersions } from "../source/comparison.ts";
import { linksOf } from "../source/links.ts";
import { drawSource, generateFor, type ReadInput, readObject } from "../source/read-source.ts";
import { elementScripts } from "./element-scripts.ts";
import type { ObjectRequest, Reply, Request, SizedPicture, SourceRequest } from "./protocol.ts";
import { scriptOf } from "./script-of.ts";
import { shownDiagnostics } from "./shown-diagnostic.ts";

/** Pictures of a message, and links. */
const picturesAtOnce = 25;
const linksAtOnce = 1000;

type Send = (reply: Reply) => void;

/** Answers requests of a page, with the codecs of the source that it read last. */
export class RequestReader {
  readonly #run: RunScript;
  readonly #send: Send;
  #codecs: readonly RecordCodec<unknown>[] = [];

  constructor(run: RunScript, send: Send) {
    this.#run = run;
    this.#send = send;
  }

  /** Sends the replies to one request; what goes wrong is one of them. */
  async answer(request: Request): Promise<void> {
    const { id } = request;
    try {
      if (request.kind === "source") await this.#source(id, request.source);
      else if (request.kind === "object") this.#send(await objectReply(id, request.object));
      else {
        const decoded = decodeBy(this.#codecs, request.record, request.samples, request.indent);
        this.#send({ id, kind: "decoded", decoded });
      }
    } catch (error) {
      this.#send({ id, kind: "failed", message: error instanceof Error ? error.message : String(error) });
    }
  }

  async #source(id: number, { name, text, before }: SourceRequest): Promise<void> {
    const send = this.#send;
    send({ id, kind: "stage", stage: "reading" });
    this.#codecs = [];
    const drawn = drawSource(name, text, () => send({ id, kind: "stage", stage: "layouts" }));
    for (const pictures of portions(drawn.pictures.map(sized), picturesAtOnce))
      send({ id, kind: "pictures", pictures });
    send({ id, kind: "layouts", diagnostics: shownDiagnostics(drawn.diagnostics, name) });
    send({ id, kind: "stage", stage: "code" });
    const read = await generateFor(drawn);
    const links = linksOf(read.pictures, name, read.generated?.text ?? "");
    for (const portion of portions(links, linksAtOnce)) send({ id, kind: "links", links: portion });
    if (before !== undefined) send({ id, kind: "stage", stage: "comparison" });
    const comparison = before === undefined ? undefined : compareVersions(drawSource(name, before), read);
    const { generated } = read;
    send({
      id,
      kind: "source",
      reading: {
        name,
        diagnostics: shownDiagnostics(read.diagnostics, name),
        generated: generated && { text: generated.text, records: generated.records },
        comparison,
      },
    });
    if (generated !== undefined) {
      send({ id, kind: "stage", stage: "decoders" });
      this.#codecs = codecsOf(await loadGenerated(scriptOf(generated.text), this.#run));
    }
    send({ id, kind: "records", records: recordsOf(this.#codecs) });
  }
}

async function objectReply(id: number, { name, bytes, types }: ObjectRequest): Promise<Reply> {
  const read = await readObject(name, bytes, types);
  const diagnostics = shownDiagnostics(read.diagnostics, name, "object");
  if (read.module === undefined) return { id, kind: "object", reading: undefined, diagnostics };
  const { pictures, generated, module }: ReadInput = read;
  const reading = {
    diagnostics,
    pictures: pictures.map(sized),
    links: linksOf(pictures, "", generated?.text ?? ""),
    script: generated && scriptOf(generated.text),
    elements: await elementScripts(module),
  };
  return { id, kind: "object", reading, diagnostics };
}

function sized(picture: SizedPicture["picture"]): SizedPicture {
  const { width, height } = svgOf([picture], false).attributes;
  return { picture, width: Number(width), height: Number(height) };
}

function portions<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
