import { fileURLToPath } from "node:url";
import { connect } from "@nats-io/transport-node";
import { bundle } from "@rbgen/testkit/browser/bundle";
import { openChromium } from "@rbgen/testkit/browser/chromium";
import { serve } from "@rbgen/testkit/browser/serve";
import { selftestSample } from "@rbgen/testkit/contract/codecs";
import { freePorts } from "@rbgen/testkit/nats/free-port";
import { NatsServer } from "@rbgen/testkit/nats/nats-server";
import { describeWith } from "@rbgen/testkit/tools";
import { expect, test } from "vitest";
import { EmulatedHost } from "./testing/emulated-host.ts";
import type { PageRead } from "./testing/websocket-page.ts";

const page = fileURLToPath(new URL("testing/websocket-page.ts", import.meta.url));

describeWith(["chromium", "nats"], "a page that reads a stream through a WebSocket", () => {
  test.each([false, true])("decodes what two hosts sent, compressed: %s", async (deflate) => {
    const [port = 0] = await freePorts(1);
    await using server = await NatsServer.start({ config: `websocket { listen: "127.0.0.1:${port}", no_tls: true }` });
    const connection = await connect({ servers: server.url });
    const sample = (seq: number) => ({ pid: 1, seq, value: BigInt(seq) << 40n, comm: `c${seq % 3}` });
    for (const host of ["a", "b"]) {
      const kernel = new EmulatedHost("events", selftestSample);
      kernel.produce(Array.from({ length: 500 }, (_, seq) => sample(seq)));
      await (await kernel.relay(connection, { host, chunk: { bytes: 4096, deflate } })).close();
    }
    const served = await serve(await bundle(page), false);
    // The server ends a connection with a code that no frame may have.
    const browser = await openChromium([/a broken close frame containing a reserved status code/]);
    try {
      const tab = await browser.context.newPage();
      await tab.goto(served.url);
      const call = `readRecords("ws://127.0.0.1:${port}", "rbgen-events", 1000)`;
      const { records, times, refusal } = await tab.evaluate<PageRead>(
        `import("/page.js").then(({ readRecords }) => ${call})`,
      );
      for (const name of ["a", "b"]) {
        expect(records.filter(({ host }) => host === name)).toEqual(
          Array.from({ length: 500 }, (_, seq) => ({
            host: name,
            seq,
            value: `${BigInt(seq) << 40n}`,
            comm: `c${seq % 3}`,
          })),
        );
      }
      expect(times.every((time) => BigInt(time) > 1_600_000_000_000_000_000n)).toBe(true);
      expect(refusal).toContain("ChunkError: ERR_RELAY_CHUNK: chunk: bodyCrc");
    } finally {
      await browser.close();
      await served.close();
      await connection.close();
    }
  });
});
