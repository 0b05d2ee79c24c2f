import type { RunScript } from "../codec/generated-module.ts";
import type { Request } from "./protocol.ts";
import { RequestReader } from "./read-request.ts";

/** What a worker has that a page has not, as far as it is needed here. */
interface WorkerScope {
  importScripts(url: string): void;
  postMessage(message: unknown): void;
  addEventListener(type: "message", listener: (event: MessageEvent<Request>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;

const run: RunScript = async (url) => scope.importScripts(url);
const reader = new RequestReader(run, (reply) => scope.postMessage(reply));

// One request after the other.
let before: Promise<void> = Promise.resolve();
scope.addEventListener("message", ({ data }) => {
  before = before.then(() => reader.answer(data));
});
