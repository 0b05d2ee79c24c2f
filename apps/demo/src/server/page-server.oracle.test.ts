import { once } from "node:events";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { StateFrame } from "../frames.gen.ts";
import { closeCodes, encodeFrame, largestFromPage, tooManyPages } from "../protocol/frame.ts";
import { isBuilt, ServedDemo } from "../testing/served-demo.ts";
import { StreamClient, streamOf } from "../testing/stream-client.ts";
import { CommandKind } from "../types.gen.ts";

const title = isBuilt ? "the server of the page" : "the server of the page [needs a build (npm test)]";

/** Status of an HTTP request. */
async function statusOf(url: string, headers: Record<string, string> = {}, method = "GET") {
  const sent = request(url, { headers, method });
  sent.end();
  const [response] = await once(sent, "response");
  response.resume();
  return { status: response.statusCode as number, headers: response.headers as Record<string, string> };
}

/** What opening a WebSocket gives: an HTTP status if it is refused. */
async function upgradeStatus(url: string, options: { origin?: string; headers?: Record<string, string> }) {
  const socket = new WebSocket(url, options);
  const refused = once(socket, "unexpected-response").then(([, response]) => response.statusCode as number);
  const opened = once(socket, "open").then(() => 101);
  const status = await Promise.race([refused, opened]);
  socket.on("error", () => undefined);
  socket.terminate();
  return status;
}

describe.skipIf(!isBuilt && process.env["RBGEN_REQUIRE"] !== "all")(title, () => {
  let demo: ServedDemo;
  beforeAll(async () => {
    demo = await ServedDemo.start("--rate", "1000");
  });
  afterAll(async () => {
    await demo.stop();
  });
  const origin = () => new URL(demo.url).origin;
  const elsewhere = () => demo.url.replace(/\/[0-9a-f]{32}\//, `/${"0".repeat(32)}/`);

  test("gives the page to whoever has the address, with a policy that allows its own files alone", async () => {
    const { status, headers } = await statusOf(demo.url);
    expect(status).toBe(200);
    const policy = headers["content-security-policy"] ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    expect((await statusOf(`${demo.url}nothing`)).status).toBe(404);
    expect((await statusOf(`${demo.url}..%2f..%2fpackage.json`)).status).toBe(404);
    expect((await statusOf(demo.url, {}, "POST")).status).toBe(405);
  });

  test("the playground lies behind the same token, and its policy lets it run what it generates and talk to nobody", async () => {
    const { status, headers } = await statusOf(`${demo.url}playground/`);
    expect(status).toBe(200);
    const policy = headers["content-security-policy"] ?? "";
    expect(policy).toContain("script-src 'self' blob: 'wasm-unsafe-eval'");
    expect(policy).toContain("connect-src 'none'");
    expect(policy.replace("'wasm-unsafe-eval'", "")).not.toContain("unsafe");
    expect((await statusOf(`${elsewhere()}playground/`)).status).toBe(403);
  });

  test("sends on whoever has the token to the address that is served: from localhost, and to a folder's last slash", async () => {
    const whole = demo.url;
    const local = { Host: new URL(whole).host.replace("127.0.0.1", "localhost") };
    for (const [url, headers, to] of [
      [whole.slice(0, -1), {}, whole],
      [whole, local, whole],
      [whole.slice(0, -1), local, whole],
      [`${whole}playground?dashboard`, {}, `${whole}playground/?dashboard`],
      [`${whole}playground/`, local, `${whole}playground/`],
    ] as const) {
      const { status, headers: given } = await statusOf(url, headers);
      expect([status, given["location"]]).toEqual([307, to]);
      expect((await statusOf(url, { ...headers, Origin: "http://example.org" })).status).toBe(403);
      expect((await statusOf(url.replace(/[0-9a-f]{32}/, "0".repeat(32)), headers)).status).toBe(403);
    }
    expect((await statusOf(whole, { ...local, Origin: `http://${local.Host}` })).status).toBe(403);
    expect((await statusOf(whole, { Host: "localhost" })).status).toBe(403);
    expect((await statusOf(whole, local, "POST")).status).toBe(403);
  });

  test("refuses a wrong token, a name of another host, and pages from elsewhere", async () => {
    expect((await statusOf(elsewhere())).status).toBe(403);
    expect((await statusOf(origin())).status).toBe(403);
    expect((await statusOf(demo.url, { Host: "example.org" })).status).toBe(403);
    expect((await statusOf(demo.url, { Origin: "http://example.org" })).status).toBe(403);
    const stream = streamOf(demo.url);
    expect(await upgradeStatus(stream, { origin: origin() })).toBe(101);
    expect(await upgradeStatus(stream, {})).toBe(403);
    expect(await upgradeStatus(stream, { origin: "http://example.org" })).toBe(403);
    expect(await upgradeStatus(stream, { origin: "null" })).toBe(403);
    expect(await upgradeStatus(stream, { origin: origin(), headers: { Host: "localhost" } })).toBe(403);
    expect(await upgradeStatus(streamOf(elsewhere()), { origin: origin() })).toBe(403);
    expect(await upgradeStatus(`${demo.url.replace(/^http/, "ws")}other`, { origin: origin() })).toBe(403);
  });

  test("refuses hostile frames, ends their connection, and counts them by reason", async () => {
    const watching = await StreamClient.open(demo.url);
    const command = encodeFrame({ kind: "command_frame", id: 1, command: { kind: CommandKind.COMMAND_RESUME } });
    const version = command.slice();
    version[0] = 9;
    const unknown = encodeFrame({ kind: "command_frame", id: 1, command: { kind: 77 as never } });
    const server = encodeFrame({ kind: "answer_frame", id: 1, sequence: 1, result: 1 });
    const hostile: readonly (readonly [string | Uint8Array, number])[] = [
      [version, closeCodes["wrong version"]],
      [command.subarray(0, 11), closeCodes.malformed],
      [new Uint8Array(0), closeCodes.malformed],
      [unknown, closeCodes.malformed],
      [server, closeCodes.malformed],
      ["text", closeCodes.malformed],
      [new Uint8Array(largestFromPage + 1), 1009],
    ];
    for (const [bytes, code] of hostile) {
      const client = await StreamClient.open(demo.url);
      client.socket.send(bytes);
      const [given] = await once(client.socket, "close");
      expect(given).toBe(code);
    }
    const expected = { wrongVersion: 1, malformed: 5, oversized: 1, pages: 1 };
    await expect.poll(() => watching.last.state_frame, { timeout: 120_000 }).toMatchObject(expected);
    watching.socket.terminate();
  });

  test("a connection with a refused frame obeys nothing more: commands behind it are counted, and no command is", async () => {
    const watching = await StreamClient.open(demo.url);
    const client = await StreamClient.open(demo.url);
    const before = async () => {
      await expect.poll(() => watching.last.state_frame, { timeout: 120_000 }).toBeDefined();
      return (watching.last.state_frame as StateFrame).behindRefused;
    };
    const counted = await before();
    const pause = (id: number) =>
      encodeFrame({ kind: "command_frame", id, command: { kind: CommandKind.COMMAND_PAUSE } });
    client.socket.send(new Uint8Array(3));
    for (let id = 1; id <= 5; id += 1) client.socket.send(pause(id));
    client.socket.send(new Uint8Array(3));
    const [code] = await once(client.socket, "close");
    expect(code).toBe(closeCodes.malformed);
    expect(client.last.answer_frame).toBeUndefined();
    await expect
      .poll(() => (watching.last.state_frame as StateFrame).behindRefused, { timeout: 120_000 })
      .toBe(counted + 6);
    // It was not paused: an answer to a command of this page has the next number.
    const first = encodeFrame({ kind: "command_frame", id: 9, command: { kind: CommandKind.COMMAND_RESUME } });
    watching.socket.send(first);
    await expect.poll(() => watching.last.answer_frame, { timeout: 120_000 }).toMatchObject({ id: 9, sequence: 1 });
    watching.socket.terminate();
  });

  test("a page beyond the sixteenth is told so, and counted; there is room again when one goes", async () => {
    const open: StreamClient[] = [];
    const state = () => open[0]?.last.state_frame as StateFrame | undefined;
    open.push(await StreamClient.open(demo.url));
    await expect.poll(() => state()?.pages, { timeout: 120_000 }).toBe(1);
    for (let more = 0; more < 15; more += 1) open.push(await StreamClient.open(demo.url));
    const late = await StreamClient.open(demo.url);
    const [code] = await once(late.socket, "close");
    expect(code).toBe(tooManyPages);
    expect(late.last.hello_frame).toBeUndefined();
    await expect.poll(state, { timeout: 120_000 }).toMatchObject({ pages: 16, turnedAway: 1 });
    open.pop()?.socket.terminate();
    await expect.poll(() => state()?.pages, { timeout: 120_000 }).toBe(15);
    const again = await StreamClient.open(demo.url);
    await expect.poll(() => again.last.hello_frame, { timeout: 120_000 }).toBeDefined();
    for (const { socket } of [...open, again]) socket.terminate();
    await expect.poll(() => open[0]?.socket.readyState, { timeout: 120_000 }).toBe(WebSocket.CLOSED);
  });

  test("a page that does not read is told how many records it missed", async () => {
    const [slow, quick] = [await StreamClient.open(demo.url), await StreamClient.open(demo.url)];
    const fast = { kind: CommandKind.COMMAND_SET_RATE, value: 100_000 };
    quick.socket.send(encodeFrame({ kind: "command_frame", id: 1, command: fast }));
    slow.socket.pause();
    // More than the server keeps for a page and the two ends of a socket hold.
    await expect.poll(() => quick.samples.size, { timeout: 240_000 }).toBeGreaterThan(250_000);
    slow.socket.resume();
    await expect.poll(() => slow.missed, { timeout: 120_000 }).toBeGreaterThan(0);
    quick.socket.send(encodeFrame({ kind: "command_frame", id: 2, command: { ...fast, value: 10 } }));
    // What the server says that it left out is what the ordinals lack.
    const told = () => Number((slow.last.state_frame as StateFrame | undefined)?.missed) - slow.missed;
    await expect.poll(told, { timeout: 120_000 }).toBe(0);
    slow.socket.terminate();
    quick.socket.terminate();
  });
});
