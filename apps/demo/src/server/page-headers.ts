/** Headers of every answer. */
const common: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "no-store",
};

/** Nothing but a page's own files. */
const own = [
  "default-src 'none'",
  "style-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];

/** The dashboard runs its own files, and talks to this server alone. */
function dashboard(port: number): readonly string[] {
  return [
    ...own,
    "script-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ws://127.0.0.1:${port}`,
    "require-trusted-types-for 'script'",
  ];
}

/** The playground talks to nobody; it runs the code that it generates as scripts of its own, and objects as WebAssembly. */
const playground = [...own, "script-src 'self' blob: 'wasm-unsafe-eval'", "img-src 'self' data:", "connect-src 'none'"];

/** The headers of an answer for a path behind the token, or to whoever may not pass. */
export function headersOf(path: string | undefined, port: number): Readonly<Record<string, string>> {
  const policy = path?.startsWith("/playground/") === true ? playground : dashboard(port);
  return { "Content-Security-Policy": policy.join("; "), ...common };
}
