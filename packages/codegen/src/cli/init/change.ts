/** What `rbgen init` does to one file. */
export interface FileChange {
  /** As seen from the working folder. */
  readonly path: string;
  /** The whole of it afterwards. */
  readonly text: string;
  /** What would be lost of what is there; absent where nothing is. */
  readonly loses?: string;
}
