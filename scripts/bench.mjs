// `npm run bench`: sets up, builds everything and runs the benchmarks named (all when none is); `--peers` installs on Debian
// what they are compared with.
import { build, prepare, run, say } from "./workspace.mjs";

const peers = "clang gcc libbpf-dev bpftool golang golang-github-cilium-ebpf-dev nats-server chromium".split(" ");

const asked = process.argv.slice(2);
const names = asked.filter((word) => word !== "--peers");
if (names.length < asked.length) {
  say(`installing ${peers.join(", ")}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const code = run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...peers], { env });
  if (code !== 0) {
    say("the peers were not installed: is this Debian, and are you root? Without --peers the others are measured");
    process.exit(code);
  }
}
prepare();
build();
process.exitCode = run(process.execPath, ["bench/dist/main.js", ...names], { stdout: "inherit" });
