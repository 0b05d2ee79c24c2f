// Makes the workspace ready and builds it: `node scripts/bootstrap.mjs`.
import { build, prepare } from "./workspace.mjs";

prepare();
build();
