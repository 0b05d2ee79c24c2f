import { afterAll, beforeAll, describe } from "vitest";
import { describeWith } from "../tools.ts";
import { testCommand } from "./command.ts";
import { testDeployment } from "./deployment.ts";
import { testExamples } from "./examples.ts";
import { testFirstHour } from "./first-hour.ts";
import { testGuides } from "./guides.ts";
import { testImports } from "./imports.ts";
import { testKernel } from "./kernel.ts";
import { testManagers } from "./managers.ts";
import { testManifests } from "./manifests.ts";
import { testMatrix } from "./matrix.ts";
import { testMoving } from "./moving.ts";
import { PublishedPackages } from "./packages.ts";
import { testTutorial } from "./tutorial.ts";

describeWith(["registry", "clang", "bpftool", "vmlinux"], "the packages as a stranger finds them", () => {
  let packages: PublishedPackages | undefined;
  const published = () => packages!;

  beforeAll(async () => {
    packages = await PublishedPackages.publish();
  });
  afterAll(() => packages?.close());

  testFirstHour(published);
  testTutorial(published);
  describe("the guides", () => testGuides(published));
  describe("the command", () => testCommand(published));
  testImports(published);
  describeWith(["kernel", "libbpf"], "at the kernel", () => testKernel(published));
  describeWith(["kernel", "libbpf", "namespaces"], "deployed as its guide says", () => testDeployment(published));
  describeWith(["kernel", "libbpf", "gcc"], "moved from other libraries", () => testMoving(published));
  testManifests(published);
  testMatrix(published);
  testExamples(published);
  testManagers(published);
});
