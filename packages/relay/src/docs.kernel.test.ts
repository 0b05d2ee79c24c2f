import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { connect } from "@nats-io/transport-node";
import type { createRingBuf } from "@rbgen/native";
import * as native from "@rbgen/native";
import type { RecordCodec } from "@rbgen/runtime";
import type { KernelSide } from "@rbgen/testkit/contract/kernel-side";
import { nativeKernelSide } from "@rbgen/testkit/native/kernel-side";
import { PrivateBpffs } from "@rbgen/testkit/native/private-bpffs";
import { freePorts } from "@rbgen/testkit/nats/free-port";
import { NatsServer } from "@rbgen/testkit/nats/nats-server";
import { describeWith, findProgram } from "@rbgen/testkit/tools";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadGeneratedFile } from "./cli/load-codec.ts";
import { RelayReader } from "./read/relay-reader.ts";
import { CommandRun } from "./testing/command.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const page = readFileSync(join(root, "docs/relay.md"), "utf8");
const hooks = join(root, "packages/testkit/src/native/typescript-hooks.mjs");

interface Event {
  readonly tsNs: bigint;
  readonly pid: number;
  readonly kind: number;
  readonly comm: string;
}

/** Blocks of the page in a language. */
function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, text = ""]) => text);
}

/** The block whose first line names `file`. */
function block(language: string, file: string): string {
  const found = blocks(language).find((text) => /^(?:\/\/|#) (\S+)/.exec(text)?.[1] === file);
  if (found === undefined) throw new Error(`docs/relay.md has no ${file}`);
  return found;
}

describeWith(["kernel", "clang", "nats"], "the examples of docs/relay.md, as a user would follow them", () => {
  let bpffs: PrivateBpffs | undefined;
  let pinned: string;
  let folder: string;
  let server: NatsServer;
  let kernel: KernelSide;
  let codec: RecordCodec<Event, Event>;
  let map: ReturnType<typeof createRingBuf>;
  const children: ChildProcess[] = [];
  let produced = 0;
  beforeAll(async () => {
    // inside of the package, so that its files find what the package does
    folder = mkdtempSync(join(root, "packages/relay/.docs-"));
    server = await NatsServer.start();
    kernel = await nativeKernelSide();
    map = kernel.createRingBuf({ name: "events", maxEntries: 256 * 1024 }) as typeof map;
    bpffs = new PrivateBpffs();
    pinned = bpffs.path("events");
    map.pin(pinned);
    writeFileSync(join(folder, "probe.bpf.c"), block("c", "probe.bpf.c"));
    execFileSync(
      process.execPath,
      [join(root, "packages/codegen/bin/rbgen.mjs"), "probe.bpf.c", "-o", "events.gen.ts"],
      {
        cwd: folder,
        stdio: "pipe",
      },
    );
    const { rings } = await loadGeneratedFile("events.gen.ts", folder);
    codec = rings.get("events") as unknown as typeof codec;
    for (const file of ["host.ts", "read.ts"]) writeFileSync(join(folder, file), here(block("ts", file)));
  });
  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await server?.stop();
    await kernel?.close();
    bpffs?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A text of the page with the servers and folders of this test. */
  function here(text: string): string {
    return text
      .replaceAll("nats://127.0.0.1:4222", server.url)
      .replaceAll("/sys/fs/bpf/events", pinned)
      .replaceAll("/var/lib/", `${folder}/`)
      .replaceAll("'events/*.parquet'", `'${folder}/events/*.parquet'`);
  }

  function produce(count: number): void {
    for (let index = 0; index < count; index += 1) {
      const view = new DataView(new ArrayBuffer(codec.size));
      codec.encode(
        { tsNs: process.hrtime.bigint(), pid: produced, kind: 1 + (produced % 2), comm: `c${produced % 5}` },
        view,
      );
      expect(kernel.output(map, new Uint8Array(view.buffer), 0)).toBe(0);
      produced += 1;
    }
  }

  /** A file of the page as a process, and what it writes. */
  function start(file: string): { readonly child: ChildProcess; wrote(pattern: RegExp): Promise<void> } {
    const flags = ["--conditions=@rbgen/source", "--no-warnings", `--import=${hooks}`];
    const child = spawn(process.execPath, [...flags, file], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    let text = "";
    child.stdout!.on("data", (data) => {
      text += String(data);
    });
    return {
      child,
      async wrote(pattern) {
        while (!pattern.test(text)) {
          if (child.exitCode !== null) throw new Error(`${file} ended: ${text}`);
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      },
    };
  }

  /** A command of the page. */
  function command(name: string, ...more: string[]): CommandRun {
    const line = blocks("sh")
      .join("")
      .split("\n")
      .find((text) => text.startsWith(`rbgen-relay ${name} `) || text === `rbgen-relay ${name}`);
    const args = here(line ?? "")
      .split(" ")
      .slice(1);
    return new CommandRun([...args, ...more, "--nats", server.url], {
      cwd: folder,
      packages: { "@rbgen/native": native },
    });
  }

  async function stop({ child }: { readonly child: ChildProcess }): Promise<void> {
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
  }

  test("a host sends what a reader prints", async () => {
    const host = start("host.ts");
    await host.wrote(/relaying/);
    const reader = start("read.ts");
    await reader.wrote(/reading/);
    produce(100);
    await reader.wrote(/pid: 99,/);
    await stop(host);
    reader.child.kill("SIGKILL");
  });

  test("the commands do the same", async () => {
    const publish = command("publish");
    await publish.wrote(/relaying events/);
    const tail = command("tail", "--from", "start");
    produce(100);
    const { code, out } = await tail.ended();
    expect([code, out.trimEnd().split("\n").length]).toEqual([0, 10]);
    expect((await publish.stop()).err).toMatch(/^100 records in \d+ chunks acknowledged/m);
    expect((await command("status").ended()).out).toMatch(/^events: \d+ chunks/m);
  });

  test("the queries give what decoding gives", async () => {
    expect((await command("archive", "--once").ended()).code).toBe(0);
    const connection = await connect({ servers: server.url });
    const reader = await RelayReader.open({
      connection,
      ring: "events",
      codec: codec as RecordCodec<Event, never>,
      from: "start",
    });
    const records: { readonly host: string; readonly record: Event }[] = [];
    for await (const record of reader) if (records.push(record) === produced) break;
    await reader.close();
    await connection.close();
    const duck = await (await DuckDBInstance.create()).connect();
    const answers: unknown[][][] = [];
    for (const sql of blocks("sql")) answers.push((await duck.runAndReadAll(here(sql))).getRows());
    const { host } = records[0]!;
    const exec = records.filter(({ record }) => record.kind === 1);
    const spans = [...new Set(exec.map(({ record }) => record.comm))].map((comm) => {
      const times = exec.filter(({ record }) => record.comm === comm).map(({ record }) => record.tsNs);
      return [comm, times.at(-1)! - times[0]!] as const;
    });
    spans.sort(([a, one], [b, other]) => (one === other ? (a < b ? -1 : 1) : one > other ? -1 : 1));
    expect(answers).toEqual([
      [
        [host, "EXEC", BigInt(exec.length)],
        [host, "EXIT", BigInt(produced - exec.length)],
      ],
      spans.slice(0, 3).map((row) => [...row]),
      [[host, 0n]],
    ]);
  });

  test("three servers carry on when one of them dies", async () => {
    const ports = await freePorts(6);
    const port = (text: string): string =>
      text.replace(
        /\b(4222|4223|4224|6222|6223|6224)\b/g,
        (known) => `${ports[["4222", "4223", "4224", "6222", "6223", "6224"].indexOf(known)]}`,
      );
    const servers = ["n1", "n2", "n3"].map((name) => {
      const own = join(folder, name);
      mkdirSync(own);
      // the page shows the first, and says what the others have in its place
      const config = block("txt", "n1.conf")
        .replace("n1\n", `${name}\n`)
        .replace("4222", `${4221 + Number(name[1])}`);
      const listens = config.replace('listen: "127.0.0.1:6222"', `listen: "127.0.0.1:${6221 + Number(name[1])}"`);
      writeFileSync(join(own, "nats.conf"), port(listens).replaceAll("/var/lib/nats", own));
      const child = spawn(findProgram("nats-server")!, ["-c", join(own, "nats.conf")], { stdio: "ignore" });
      children.push(child);
      return child;
    });
    const cluster = port(block("ts", "cluster.ts"))
      .replaceAll("/sys/fs/bpf/events", pinned)
      .replaceAll("/var/lib/", `${folder}/cluster/`);
    writeFileSync(join(folder, "cluster.ts"), cluster);
    const host = start("cluster.ts");
    await host.wrote(/relaying/);
    produce(50);
    servers[0]!.kill("SIGKILL");
    produce(50);
    const connection = await connect({
      servers: ports.slice(1, 3).map((free) => `nats://127.0.0.1:${free}`),
      timeout: 20_000,
    });
    const options = {
      connection,
      ring: "events",
      codec: codec as RecordCodec<Event, never>,
      from: "start",
      replicas: 3,
    } as const;
    let reader: RelayReader<Event> | undefined;
    while (reader === undefined) {
      // while the two elect a leader, nobody answers
      reader = await RelayReader.open(options).catch((error: { readonly code?: unknown }) => {
        if (error.code !== "ERR_RELAY_STREAM") throw error;
        return undefined;
      });
    }
    const pids: number[] = [];
    for await (const { record } of reader) if (pids.push(record.pid) === 100) break;
    expect(pids).toEqual(Array.from({ length: 100 }, (_, index) => produced - 100 + index));
    await stop(host);
    await reader.close();
    await connection.close();
  });
});
