import { beforeAll, expect, test } from "vitest";
import { describeWith } from "../../../testkit/src/index.ts";
import { runChild } from "../../../testkit/src/native/child.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";

/** In mounts of its own, of which there is none at /sys/fs/bpf. */
const unmounted = ["unshare", "--mount", "sh", "-c", 'umount -l /sys/fs/bpf 2>/dev/null; exec "$@"', "sh"];

describeWith(["kernel", "clang", "libbpf"], "where no BPF file system is mounted", () => {
  let object: string;
  beforeAll(() => {
    object = Buffer.from(compileBeside("object.bpf.c")).toString("base64");
  });

  test("pinning and opening say how to mount it, an object too", async () => {
    const { stdout, stderr, code } = await runChild(
      `
      import { BpfObject, createRingBuf, openRingBuf } from "@rbgen/native";
      const tell = async (use) => {
        try { await use(); console.log("held"); }
        catch (error) { console.log(error.code, error.message.split("\\n")[0]); }
      };
      const ring = createRingBuf({ name: "pinned", maxEntries: 4096 });
      await tell(() => ring.pin("/sys/fs/bpf/pinned"));
      await tell(() => openRingBuf({ pinned: "/sys/fs/bpf/pinned" }));
      const bytes = Buffer.from(process.env.OBJECT, "base64");
      for (const pinPath of ["/sys/fs/bpf/plain", "/sys/fs/bpf/below/plain", process.env.ELSEWHERE])
        await tell(() => BpfObject.load(bytes, { maps: { plain: { pinPath } } }));
      `,
      { wrapper: unmounted, env: { OBJECT: object, ELSEWHERE: "/proc/self/plain" } },
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const mount = "no BPF file system is mounted at /sys/fs/bpf (mount -t bpf bpf /sys/fs/bpf)";
    expect(stdout.trim().split("\n")).toEqual([
      `ENOENT ENOENT: BPF_OBJ_PIN: /sys/fs/bpf/pinned: ${mount}`,
      `ENOENT ENOENT: BPF_OBJ_GET: /sys/fs/bpf/pinned: ${mount}`,
      `EINVAL EINVAL: bpf_object__load: "object": map "plain" cannot be pinned: /sys/fs/bpf/plain: ${mount}`,
      `ENOENT ENOENT: bpf_object__load: "object": map "plain" cannot be pinned: /sys/fs/bpf/below/plain: ${mount}`,
      'EINVAL EINVAL: bpf_object__load: "object": map "plain" cannot be pinned: ' +
        "/proc/self/plain is not on a BPF file system (mount -t bpf bpf /sys/fs/bpf)",
    ]);
  });

  test("who may make no map is told of the version that overwriting takes as well", async () => {
    const { stdout } = await runChild(
      `
      import { createRingBuf, probeFeatures } from "@rbgen/native";
      try { createRingBuf({ name: "over", maxEntries: 4096, flags: 1 << 19 }); }
      catch (error) { console.log(error.message); }
      console.log(probeFeatures().overwrite.remedy);
      `,
      { wrapper: ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"] },
    );
    expect(stdout).toMatch(/EPERM.*creating a map needs CAP_BPF \(.*\), and BPF_F_RB_OVERWRITE Linux 6\.19/);
    expect(stdout).toMatch(/needs Linux 6\.19, and CAP_BPF/);
  });
});
