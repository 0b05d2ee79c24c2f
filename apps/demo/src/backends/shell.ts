import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/**
 * What a person may do in a shell, again and again until the demo is gone: programs, files that are there and that are not,
 * and a connection to a port of the demo itself, which bash can make. Nothing is written, and nothing leaves the machine.
 */
const script = `
while kill -0 "$PPID" 2>/dev/null; do
  ls /usr/lib /etc >/dev/null 2>&1
  cat /etc/hostname /no/such/file >/dev/null 2>&1
  uname -a >/dev/null
  id >/dev/null
  if command -v bash >/dev/null; then bash -c ': < /dev/tcp/127.0.0.1/'"$1" 2>/dev/null; fi
  sleep 0.05
done
`;

/** A shell of the demo, with what it starts. */
export interface Shell {
  close(): Promise<void>;
}

/** Starts a shell that does things, so that there is something to record. */
export async function startShell(): Promise<Shell> {
  const server = createServer((socket) => socket.destroy());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  // A group of its own: what it has started ends with it.
  const child: ChildProcess = spawn("sh", ["-c", script, "demo", String(port)], { detached: true, stdio: "ignore" });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  return {
    async close() {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
      await ended;
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
