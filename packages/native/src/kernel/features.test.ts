import { expect, test } from "vitest";
import { doctor } from "./doctor.ts";
import { formatFeatures, probeFeatures } from "./features.ts";

test("a probe answers for every feature, and says what to do where one is missing", () => {
  const features = probeFeatures();
  const each = Object.values(features).filter((value) => typeof value !== "string");
  expect(each).toHaveLength(10);
  for (const feature of each) {
    expect(feature.found).not.toBe("");
    if (!feature.available && feature.name !== "unprivileged bpf(2)") expect(feature.remedy).toMatch(/\w/);
  }
});

test("the text has a line per feature", async () => {
  const { text, data } = await doctor();
  expect(text).toBe(formatFeatures(data));
  for (const name of [
    "addon",
    "libbpf",
    "kernel BTF",
    "BPF_MAP_TYPE_RINGBUF",
    "CAP_BPF",
    "fentry",
    "kprobe",
    "tracefs",
    "BPF file system",
  ])
    expect(text).toContain(name);
});

test("what programs are attached by is tried, and what to do is said where it is refused", async () => {
  const { data } = await doctor();
  for (const feature of [data.fentry, data.kprobe, data.tracefs, data.bpffs]) {
    expect(feature.found).not.toBe("");
    if (!feature.available) expect(feature.remedy).toMatch(/\w/);
  }
});
