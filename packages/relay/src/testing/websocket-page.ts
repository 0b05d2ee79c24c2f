// What a page does with a relay's stream: bundled, and run by a browser.
import { DeliverPolicy, jetstream } from "@nats-io/jetstream";
import { wsconnect } from "@nats-io/nats-core";
import { selftestSample } from "@rbgen/testkit/contract/codecs";
import { type Chunk, readChunk, sampleLength, sampleTime } from "../chunk/index.ts";

/** What the page read. */
export interface PageRead {
  readonly records: readonly {
    readonly host: string;
    readonly seq: number;
    readonly value: string;
    readonly comm: string;
  }[];
  readonly times: readonly string[];
  /** Why the chunk that is none was refused. */
  readonly refusal: string;
}

/** Reads `count` records of a stream from its start, through a WebSocket of the server. */
export async function readRecords(url: string, stream: string, count: number): Promise<PageRead> {
  const connection = await wsconnect({ servers: url });
  const consumer = await jetstream(connection).consumers.get(stream, { deliver_policy: DeliverPolicy.All });
  const records: PageRead["records"][number][] = [];
  const times: string[] = [];
  let refusal = "";
  for await (const { data } of await consumer.consume()) {
    const chunk: Chunk = await readChunk(data);
    chunk.offsets.forEach((offset, index) => {
      const { seq, value, comm } = selftestSample.decode(chunk.view, offset, sampleLength(chunk, index));
      records.push({ host: chunk.header.host, seq, value: `${value}`, comm });
      times.push(`${sampleTime(chunk, index)}`);
    });
    const wrong = data.slice();
    wrong[wrong.length - 1]! ^= 1;
    refusal = await readChunk(wrong).then(String, String);
    if (records.length >= count) break;
  }
  await connection.close();
  return { records, times, refusal };
}
