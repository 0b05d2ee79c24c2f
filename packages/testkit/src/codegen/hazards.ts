import { propertyName } from "./property-name.ts";

/** Names that mean something to JavaScript, to a class or to the code that a generator prints; C takes them all. */
export const hazards: readonly string[] =
  `value view offset length name at class function this bytes arguments eval toString valueOf get set attach
prototype size layout decode encode type await async yield let delete new in of null undefined then toJSON hasOwnProperty
caller apply call kind count index i o v data end copyTo buffer byteLength byteOffset result target constructor record
sample var with isPrototypeOf toLocaleString number string symbol object any never unknown self writer reader path keyof unique
readonly infer is asserts satisfies blob byte told used bits0 lease contained item next start leased attached checkFit
dead tag tagGiven given input unionBytes whole row run stream columns first until cursor sink values handler look bare padded room
before elements read held big`.split(/\s+/);

/** Those of them that are properties under the same name, whatever else a record has: no kind of an arm, no tail, nothing inherited. */
export const plainHazards: readonly string[] = hazards.filter(
  (name) => !["kind", "unknown", "data"].includes(name) && propertyName(name) === name,
);
