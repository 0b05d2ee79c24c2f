/**
 * Every code, with its title. Codes are stable: RB1xxx lexer and preprocessor, RB2xxx declarations and layout,
 * RB3xxx BTF and ELF, RB4xxx plan and names, RB5xxx command line and configuration, RB6xxx drift.
 * Each has a page in docs/diagnostics and a test that raises it.
 */
export const diagnosticCodes = {
  RB5001: "input cannot be read",
} as const;

export type DiagnosticCode = keyof typeof diagnosticCodes;
