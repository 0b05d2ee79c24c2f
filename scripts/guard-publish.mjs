// Before a package is published: that it is by `npm run release`, which has built and checked it. Another way would leave
// `workspace:` in its dependencies, or its dist as it happens to be.
if (process.env.RBGEN_RELEASE !== "1") {
  console.error(
    "publish by `npm run release` at the root of the repository: it builds, checks and publishes all packages",
  );
  process.exitCode = 1;
}
