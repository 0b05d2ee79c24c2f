/** Colours and lines of a picture that stands by itself: by the reader's light or dark, apart for colour-blind people. */
export const pictureStyle: string = `
svg { color-scheme: light dark; font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; background: #ffffff; }
text { fill: #1b1f24; }
.title { font-size: 15px; font-weight: 600; }
.faint { fill: #57606a; font-size: 11px; }
.advice { fill: #7a4100; }
.line { stroke: #8c959f; stroke-width: 1; }
.cache-line { stroke: #57606a; stroke-width: 2; }
.box { stroke: #8c959f; stroke-width: 1; fill: #ffffff; }
.number { fill: #d4e6f7; } .enum { fill: #d5efe3; } .text { fill: #fbe9c8; } .pointer { fill: #f6dcea; }
.array { fill: #e3e8f8; } .bit-field { fill: #cfeef5; } .flexible { fill: #fbe9c8; stroke-dasharray: 5 3; }
.struct, .union { fill: none; stroke: #57606a; stroke-width: 1.5; }
.hole, .padding { fill: #f1d6d2; stroke: #a40e26; stroke-dasharray: 3 2; }
@media (prefers-color-scheme: dark) {
  svg { background: #181c21; } text { fill: #e4e8ec; } .faint { fill: #9aa5b1; } .advice { fill: #e8b46c; }
  .line { stroke: #59636e; } .cache-line { stroke: #9aa5b1; } .box { stroke: #59636e; fill: #181c21; }
  .number { fill: #17395a; } .enum { fill: #14452f; } .text { fill: #54400f; } .pointer { fill: #57264a; }
  .array { fill: #2c3763; } .bit-field { fill: #0f4753; } .flexible { fill: #54400f; }
  .struct, .union { fill: none; stroke: #9aa5b1; } .hole, .padding { fill: #57201f; stroke: #ff8b93; }
}
`.replaceAll("\n", " ");
