/**
 * Every code, with its title. Codes are stable: RB1xxx lexer and preprocessor, RB2xxx declarations and layout,
 * RB3xxx BTF and ELF, RB4xxx plan and names, RB5xxx command line and configuration, RB6xxx drift.
 * Each has a page in docs/diagnostics and a test that raises it.
 */
export const diagnosticCodes = {
  RB3001: "BTF or ELF bytes are malformed",
  RB3002: "object has no BTF",
  RB3003: "split BTF needs its base",
  RB3004: "map is defined in the legacy way",
  RB3005: "map definition cannot be read",
  RB3006: "type holds an error",
  RB4001: "no type of that name to generate",
  RB4002: "type cannot be represented",
  RB5001: "input cannot be read",
  RB5002: "input is empty",
  RB5003: "input is neither a C header, BTF nor an ELF object",
  RB5004: "no type of that name",
  RB5005: "output cannot be written",
  RB5006: "two inputs have the same output",
  RB5007: "configuration cannot be loaded",
  RB5008: "configuration is not valid",
  RB5009: "no map of that name",
  RB5010: "clang could not compile the header",
} as const;

export type DiagnosticCode = keyof typeof diagnosticCodes;
