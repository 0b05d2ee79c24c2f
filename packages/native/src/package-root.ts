/** Folder of the package: this file stays beside `index.ts`, so that it is one level up in `src` and in `dist` alike. */
export const packageRoot: URL = new URL("..", import.meta.url);
