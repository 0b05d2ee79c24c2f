export { mapTypeName, mapTypeNames } from "@rbgen/btf";
