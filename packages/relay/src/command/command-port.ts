import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import { hashLayout } from "@rbgen/btf";
import { isRingBufError, type UserRingBufMap, UserRingBufWriter } from "@rbgen/runtime";
import { decodeChunk, sampleBytes } from "../chunk/index.ts";
import { messageOf } from "../relay-error.ts";
import { type Described, layoutOf } from "../stream/described.ts";
import { commandSubject } from "../stream/subject.ts";
import { rawCodec } from "./raw-codec.ts";

/** A user ring that takes what a `RelayWriter` sends. */
export type CommandRing = Described & {
  readonly map: UserRingBufMap;
  /** What writers ask for: the map's name unless told. */
  readonly name?: string | undefined;
};

/** What a host answers to a record for its user ring. */
export type CommandReply =
  | { readonly applied: true }
  | { readonly applied: false; readonly code: string; readonly message: string };

interface Port {
  readonly writer: UserRingBufWriter<Uint8Array>;
  readonly subscription: Subscription;
}

/** Writes what comes for this host into its user rings, and answers each. */
export class CommandPort {
  readonly #ports: readonly Port[];
  applied = 0;
  refused = 0;

  /** @throws RingBufError EBUSY for a user ring that has a writer. */
  constructor(connection: NatsConnection, host: string, rings: readonly CommandRing[]) {
    const ports: Port[] = [];
    this.#ports = ports;
    try {
      for (const ring of rings) {
        const { map, name = map.name } = ring;
        const layout = layoutOf(ring);
        const hash = hashLayout(layout);
        const writer = new UserRingBufWriter(map, rawCodec(layout, map.endian));
        const callback = (_: Error | null, message: Msg): void => {
          message.respond(JSON.stringify(this.#apply(message.data, writer, { name, host, hash })));
        };
        ports.push({ writer, subscription: connection.subscribe(commandSubject(name, host), { callback }) });
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Takes nothing more and gives the user rings back. */
  close(): void {
    for (const { subscription, writer } of this.#ports) {
      subscription.unsubscribe();
      writer.close();
    }
  }

  #apply(
    data: Uint8Array,
    writer: UserRingBufWriter<Uint8Array>,
    expected: { readonly name: string; readonly host: string; readonly hash: string },
  ): CommandReply {
    try {
      const chunk = decodeChunk(data);
      const { ring, host, layoutHash, count } = chunk.header;
      if (ring !== expected.name || host !== expected.host)
        return this.#refuse("EINVAL", `this is ${expected.name} of ${expected.host}, not ${ring} of ${host}`);
      if (layoutHash !== expected.hash)
        return this.#refuse("ERR_RELAY_DRIFT", `the record has layout ${layoutHash}, ${ring} takes ${expected.hash}`);
      if (count !== 1) return this.#refuse("EINVAL", `${count} records in place of one`);
      writer.write(sampleBytes(chunk, 0));
      this.applied += 1;
      return { applied: true };
    } catch (error) {
      return this.#refuse(isRingBufError(error) ? error.code : "ERR_RELAY_COMMAND", messageOf(error));
    }
  }

  #refuse(code: string, message: string): CommandReply {
    this.refused += 1;
    return { applied: false, code, message };
  }
}
