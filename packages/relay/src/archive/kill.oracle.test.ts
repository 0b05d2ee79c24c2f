import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { connect } from "@nats-io/transport-node";
import type { RecordCodec } from "@rbgen/runtime";
import { SeededRandom } from "@rbgen/runtime/emulated";
import { NatsServer } from "@rbgen/testkit/nats/nats-server";
import { describeWith } from "@rbgen/testkit/tools";
import { expect, test } from "vitest";
import { EmulatedHost } from "../testing/emulated-host.ts";
import { generatedCodecs } from "../testing/generated-codecs.ts";
import { writeGenerated } from "../testing/generated-file.ts";

const header = "struct event { unsigned long long seq; char text[40]; };";
const hooks = fileURLToPath(new URL("../../../testkit/src/native/typescript-hooks.mjs", import.meta.url));
const main = fileURLToPath(new URL("../cli/main.ts", import.meta.url));
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Kills of the archiving process: more with RBGEN_LONG=1. */
const kills = process.env["RBGEN_LONG"] === "1" ? 60 : 4;
const hosts = ["a", "b", "c"];
/** Records of a host: a kill waits for up to three files of some 2000 records, and there is to be something left for the last. */
const each = Math.max(20_000, 2500 * kills);

describeWith(["nats"], "an archive whose process is killed, again and again", () => {
  test("has every record once, in whole files", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rbgen-kill-"));
    const parquet = join(folder, "events");
    await using server = await NatsServer.start();
    const connection = await connect({ servers: server.url });
    let child: ChildProcess | undefined;
    try {
      await writeGenerated(join(folder, "events.gen.ts"), header, ["event"]);
      const codec = (await generatedCodecs(header, ["event"])).get("event") as RecordCodec<unknown, unknown>;
      for (const host of hosts) {
        const kernel = new EmulatedHost("events", codec, 1 << 24);
        const values = Array.from({ length: each }, (_, seq) => ({ seq: BigInt(seq), text: `${host}${seq % 13}` }));
        expect(kernel.produce(values)).toBe(each);
        await (await kernel.relay(connection, { host, chunk: { bytes: 4096 } })).close();
      }
      const start = (...more: string[]): Promise<number | null> => {
        const args = [
          "archive",
          "--codec",
          "events.gen.ts",
          "--ring",
          "events",
          "--parquet",
          parquet,
          "--nats",
          server.url,
        ];
        const limits = ["--file-bytes", "32K", "--row-group-bytes", "16K"];
        const flags = ["--conditions=@rbgen/source", "--no-warnings", `--import=${hooks}`, main];
        child = spawn(process.execPath, [...flags, ...args, ...limits, ...more], {
          cwd: folder,
          stdio: ["ignore", "ignore", "inherit"],
        });
        return new Promise((resolve) => child!.once("exit", resolve));
      };
      const names = (): string[] => (existsSync(parquet) ? readdirSync(parquet) : []);
      const files = (): number => names().filter((name) => name.endsWith(".parquet")).length;
      const random = new SeededRandom(3);
      for (let kill = 0; kill < kills; kill += 1) {
        const ended = start();
        let over = false;
        void ended.then(() => {
          over = true;
        });
        // while it writes a file, between two, or just after one
        const before = files();
        const wanted = before + Math.floor(random.next() * 3);
        const partly = random.next() < 0.7;
        while (!over && (files() < wanted || (partly && !names().some((name) => name.endsWith(".part")))))
          await pause(1);
        child!.kill("SIGKILL");
        await ended;
      }
      expect(await start("--once")).toBe(0);
      const duck = await (await DuckDBInstance.create()).connect();
      const sql = `SELECT _host, count(*), count(DISTINCT seq), min(seq), max(seq), bool_and(seq = _number) FROM '${parquet}/*.parquet' GROUP BY 1 ORDER BY 1`;
      expect((await duck.runAndReadAll(sql)).getRows()).toEqual(
        hosts.map((host) => [host, BigInt(each), BigInt(each), 0n, BigInt(each - 1), true]),
      );
      expect(files()).toBeGreaterThan(3);
      expect(names().filter((name) => name.endsWith(".part"))).toEqual([]);
    } finally {
      child?.kill("SIGKILL");
      await connection.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
