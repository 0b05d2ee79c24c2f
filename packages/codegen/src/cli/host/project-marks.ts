/** Stands in the root of a repository. */
export const repositoryMark = ".git";
/** Stands in the root of a package. */
export const packageMark = "package.json";
