// `npm run changeset`: changesets without its `bin`, which asks Node for a cache of compiled code that Node 20 has not.
await import("@changesets/cli");
