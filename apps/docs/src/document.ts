/** A document of the repository that is a page of the site. */
export interface Document {
  /** Its file, from the root of the repository. */
  readonly file: string;
  /** Its page, from the root of the site, without extension. */
  readonly page: string;
}

/** Documents under one heading of the sidebar. */
export interface Section {
  readonly title: string;
  readonly documents: readonly Document[];
}

const guide = (name: string): Document => ({ file: `docs/${name}.md`, page: name });
const readme = (folder: string): Document => ({
  file: `packages/${folder}/README.md`,
  page: `packages/${folder === "codegen" ? "rbgen" : folder}`,
});

/** What the sidebar shows, in its order. The text of each page stays in its file of the repository. */
export const sections: readonly Section[] = [
  {
    title: "Begin",
    documents: [{ file: "README.md", page: "overview" }, guide("tutorial"), guide("moving"), guide("comparison")],
  },
  {
    title: "Records",
    documents: [
      guide("cli"),
      guide("headers-and-btf"),
      guide("generated-code"),
      guide("annotations"),
      guide("record-styles"),
      guide("int64"),
      guide("columns"),
      guide("duckdb"),
      guide("drift"),
      { file: "examples/README.md", page: "examples" },
      guide("pages"),
    ],
  },
  {
    title: "Rings",
    documents: [
      guide("perf-event-arrays"),
      guide("no-events"),
      guide("lost-records"),
      guide("ring-semantics"),
      guide("native"),
      guide("deployment"),
      guide("performance"),
    ],
  },
  {
    title: "Tests",
    documents: [guide("testing-without-a-kernel"), guide("testing-bpf-programs"), guide("vm-matrix")],
  },
  { title: "Many hosts", documents: [guide("relay"), guide("relay-sizing"), guide("relay-format")] },
  { title: "Packages", documents: ["codegen", "runtime", "native", "vm", "relay", "btf"].map(readme) },
  {
    title: "The project",
    documents: [
      { file: "ARCHITECTURE.md", page: "architecture" },
      { file: "CONTRIBUTING.md", page: "contributing" },
      guide("design"),
      guide("proof"),
      { file: "bench/README.md", page: "bench" },
      { file: "SECURITY.md", page: "security" },
      guide("dependencies"),
    ],
  },
];

/** Where the pages of diagnostics are, in the repository and on the site. */
export const diagnostics = { folder: "docs/diagnostics", page: "diagnostics" } as const;
