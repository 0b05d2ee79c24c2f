/** The step that fails where a generated file is stale, and shows what is wrong at its line. */
export const checkStep = `- name: Generated files are fresh
  run: npx rbgen --check --diagnostics github
`;

/** Where GitHub looks for a workflow, from the root of a repository. */
export const workflowPath = ".github/workflows/rbgen.yml";

/** A workflow of that step alone. `folder` is that of the configuration, as seen from the root of the repository. */
export function workflowText(folder: string): string {
  const step = checkStep.replace(/^(?=.)/gm, "      ");
  return `name: rbgen
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
${folder === "" ? "" : `    defaults:\n      run:\n        working-directory: ${JSON.stringify(folder)}\n`}    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      - run: npm ci
${step}`;
}
