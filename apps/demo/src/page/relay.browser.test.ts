import { connect, type NatsConnection } from "@nats-io/transport-node";
import { RingRelay } from "@rbgen/relay";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { describeWith } from "@rbgen/testkit";
import { faultsOf } from "@rbgen/testkit/browser/accessibility";
import { type Browser, openChromium } from "@rbgen/testkit/browser/chromium";
import { NatsServer } from "@rbgen/testkit/nats/nats-server";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelSide } from "../backends/kernel-side.ts";
import { isBuilt, ServedDemo } from "../testing/served-demo.ts";
import { maps } from "../types.gen.ts";

const title = isBuilt ? "the page over a relay" : "the page over a relay [needs a build (npm test)]";
const patience = { timeout: 120_000 };

/** A host: its kernel side goes on when the test says so. */
class Host {
  readonly side: KernelSide;
  readonly relay: RingRelay;
  #now = 1000;

  private constructor(side: KernelSide, relay: RingRelay) {
    this.side = side;
    this.relay = relay;
  }

  static async start(connection: NatsConnection, host: string, seed: number): Promise<Host> {
    const side = new KernelSide(new EmulatedKernel(), { rate: 1000, seed });
    const rings = [{ map: side.events, codec: maps.events.codec }];
    return new Host(side, await RingRelay.start({ connection, host, rings, spool: { bytes: 1 << 20 } }));
  }

  /** Records of so many milliseconds. */
  run(ms: number): void {
    for (let passed = 0; passed < ms; passed += 2) {
      this.#now += 2;
      this.side.tick(this.#now);
    }
  }
}

describeWith(["chromium", "nats"], title, () => {
  let server: NatsServer;
  let connection: NatsConnection;
  let hosts: readonly Host[];
  let demo: ServedDemo;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    server = await NatsServer.start();
    connection = await connect({ servers: server.url });
    hosts = [await Host.start(connection, "web-1", 1), await Host.start(connection, "web-2", 2)];
    demo = await ServedDemo.start("--relay", server.url);
    browser = await openChromium([/ERR_CONNECTION_REFUSED/]);
    page = await browser.context.newPage();
    page.setDefaultTimeout(patience.timeout);
    await page.goto(demo.url);
    await page.locator("[data-connection=open]").waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
    for (const { relay } of hosts ?? []) await relay.close();
    await connection?.close();
    await server?.stop();
  });

  const cell = (host: string, column: string) =>
    page.locator(`tr[data-host="${host}"] [data-column="${column}"]`).textContent();
  const count = async (host: string, column: string) => Number((await cell(host, column))?.replaceAll(",", ""));
  const hostsShown = async () => [
    ...new Set(await page.locator(".rows .row[data-ordinal] [role=gridcell]:nth-child(6)").allTextContents()),
  ];

  test("each host has its records, its lag and its loss by reason, to the record", async () => {
    const [first, second] = hosts as readonly [Host, Host];
    first.run(500);
    second.side.events.faults.failReservations(7);
    second.run(300);
    for (const { relay } of hosts) {
      await expect.poll(() => relay.stats().rings["events"]?.lagBytes, patience).toBe(0);
      await relay.flushed();
    }
    for (const [name, { relay }] of [["web-1", first] as const, ["web-2", second] as const]) {
      await expect
        .poll(() => count(name, "records"), patience)
        .toBe(Number(relay.stats().rings["events"]?.records ?? -1));
      expect(await count(name, "behind, ms")).toBeGreaterThan(0);
      expect(await count(name, "missing")).toBe(0);
      expect(await page.locator(`tr[data-host="${name}"] [data-unaccounted]`).textContent()).toBe("✓ adds up");
    }
    expect(await count("web-1", "kernel")).toBe(0);
    expect(await count("web-2", "kernel")).toBe(7);
    expect(await count("web-1", "records")).toBeGreaterThan(400);
    expect(await page.locator('[data-figure="stream lag"]').textContent()).toBe("0");
  });

  test("the records of one host are shown alone", async () => {
    await expect.poll(hostsShown, patience).toHaveLength(1);
    await page.getByRole("button", { name: "web-1" }).click();
    await expect.poll(hostsShown, patience).toEqual(["web-1"]);
    await page.getByRole("button", { name: "web-1" }).click();
    await page.getByRole("button", { name: "web-2" }).click();
    await expect.poll(hostsShown, patience).toEqual(["web-2"]);
  });

  test.each(["light", "dark"] as const)("is readable in %s", async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    expect(await faultsOf(page)).toEqual([]);
  });

  test("a telephone scrolls the table of hosts, not the page", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
  });

  test("without a server no account is said to add up, and the figures say of when they are", async () => {
    await demo.stop();
    await page
      .getByText(/^no server since \d\d:\d\d:\d\d$/)
      .first()
      .waitFor();
    expect(await page.getByText("adds up").count()).toBe(0);
    expect(await page.getByText(/^as of \d\d:\d\d:\d\d$/).count()).toBe(3);
  });

  test("no script failed", () => {
    expect(browser.errors).toEqual([]);
  });
});
