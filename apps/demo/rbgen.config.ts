import { defineConfig } from "rbgen";

export default defineConfig({ includePaths: ["node_modules/rbgen/include"] });
