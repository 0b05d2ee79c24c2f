import type { Decoded } from "../codec/decoded.ts";
import type { Decoder, RecordInfo } from "../codec/decoder.ts";
import type { MemberLink } from "../source/links.ts";
import type {
  ObjectReading,
  ObjectRequest,
  Reply,
  Request,
  SizedPicture,
  SourceReading,
  SourceRequest,
  Stage,
} from "./protocol.ts";
import type { ShownDiagnostics } from "./shown-diagnostic.ts";

/** What is told of a source while it is read, in this order. */
export interface SourceListener {
  stage(stage: Stage): void;
  /** All pictures, and what is wrong with the source so far. */
  layouts(pictures: readonly SizedPicture[], diagnostics: ShownDiagnostics): void;
  read(reading: SourceReading, links: readonly MemberLink[]): void;
  /** It is done: its records are decoded by this one. */
  decoder(decoder: Decoder): void;
  /** A bug of ours. */
  failed(message: string): void;
}

/** A worker as far as it is needed here. */
export type ReaderWorker = Pick<Worker, "postMessage" | "terminate" | "addEventListener">;

/** What has been asked, and who waits for it. */
interface Waiting {
  readonly take: (reply: Reply) => void;
}

/**
 * Reads sources and objects in a worker, which this page waits for with its hands free. One source at a time: what is still
 * read of an earlier one when the next one comes is of no use to anybody, and its worker ends.
 */
export class Reader {
  readonly #start: () => ReaderWorker;
  #worker: ReaderWorker | undefined;
  #waiting: Map<number, Waiting> = new Map();
  #lastId = 0;
  /** The source that is being read. */
  #source: number | undefined;

  /** @param start makes a worker that runs `reader.worker.ts`. */
  constructor(start: () => ReaderWorker) {
    this.#start = start;
  }

  /** Reads a source; what it gives ends that, and nothing is told any more. */
  readSource(source: SourceRequest, listener: SourceListener): () => void {
    this.stop();
    let pictures: SizedPicture[] = [];
    let links: MemberLink[] = [];
    const done = (): void => {
      this.#waiting.delete(id);
      if (this.#source === id) this.#source = undefined;
    };
    const take = (reply: Reply): void => {
      switch (reply.kind) {
        case "stage":
          listener.stage(reply.stage);
          break;
        case "pictures":
          pictures = [...pictures, ...reply.pictures];
          break;
        case "layouts":
          listener.layouts(pictures, reply.diagnostics);
          break;
        case "links":
          links = [...links, ...reply.links];
          break;
        case "source":
          listener.read(reply.reading, links);
          break;
        case "records":
          done();
          listener.decoder(this.#decoder(reply.records));
          break;
        case "failed":
          done();
          listener.failed(reply.message);
          break;
        default:
          break;
      }
    };
    const id = this.#ask(take, (id) => ({ kind: "source", id, source }));
    this.#source = id;
    return () => {
      if (this.#source === id) this.#end();
    };
  }

  /** Ends what is read of a source, if anything is. */
  stop(): void {
    if (this.#source !== undefined) this.#end();
  }

  /**
   * Reads an object.
   * @throws Error that says why it is none.
   */
  readObject(object: ObjectRequest): Promise<ObjectReading> {
    return new Promise((resolve, reject) => {
      const take = (reply: Reply): void => {
        this.#waiting.delete(reply.id);
        if (reply.kind === "failed") reject(new Error(reply.message));
        else if (reply.kind === "object") {
          const { reading, diagnostics } = reply;
          if (reading !== undefined) resolve(reading);
          else reject(new Error(diagnostics.first.map(({ code, message }) => `${code}: ${message}`).join("\n")));
        }
      };
      this.#ask(take, (id) => ({ kind: "object", id, object }));
    });
  }

  #decoder(records: readonly RecordInfo[]): Decoder {
    const worker = this.#worker;
    return {
      records,
      decode: (record, samples, indent) => {
        // It ended with its worker; what is read now has one of its own soon.
        if (worker !== this.#worker || this.#source !== undefined) return Promise.resolve(undefined);
        return new Promise<readonly Decoded[] | undefined>((resolve, reject) => {
          const take = (reply: Reply): void => {
            this.#waiting.delete(reply.id);
            if (reply.kind === "failed") reject(new Error(reply.message));
            else resolve(reply.kind === "decoded" ? reply.decoded : undefined);
          };
          this.#ask(take, (id) => ({ kind: "decode", id, record, samples, indent }));
        });
      },
    };
  }

  #ask(take: Waiting["take"], request: (id: number) => Request): number {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#worker ??= this.#begin();
    this.#waiting.set(id, { take });
    this.#worker.postMessage(request(id));
    return id;
  }

  #begin(): ReaderWorker {
    const worker = this.#start();
    worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
      if (worker === this.#worker) this.#waiting.get(data.id)?.take(data);
    });
    worker.addEventListener("error", (event: Event) => {
      if (worker !== this.#worker) return;
      const message = (event as ErrorEvent).message ?? "the browser started no worker";
      const waiting = [...this.#waiting];
      this.#end();
      for (const [id, { take }] of waiting) take({ id, kind: "failed", message });
    });
    return worker;
  }

  #end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#source = undefined;
    const waiting = [...this.#waiting];
    this.#waiting = new Map();
    // Whoever waits for a sample hears that there is none; sources and objects are asked for anew.
    for (const [id, { take }] of waiting) take({ id, kind: "decoded", decoded: undefined });
  }
}
