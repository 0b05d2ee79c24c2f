import { cpp } from "@codemirror/lang-cpp";
import { javascript } from "@codemirror/lang-javascript";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import {
  Annotation,
  EditorState,
  type Extension,
  RangeSetBuilder,
  StateEffect,
  StateField,
  Transaction,
} from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { minimalSetup } from "codemirror";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** A remark under a range of the text, in UTF-16 code units. */
export interface Remark {
  readonly from: number;
  readonly to: number;
  readonly severity: "error" | "warning";
  readonly message: string;
}

interface EditorProps {
  readonly label: string;
  readonly language: "c" | "typescript";
  readonly text: string;
  /** Absent: the text is only read. */
  readonly change?: ((text: string) => void) | undefined;
  readonly remarks?: readonly Remark[];
  /** 1-based lines to point out. */
  readonly lit: readonly number[];
  /** Brings the first lit line into view. */
  readonly follow: boolean;
  /** The 1-based line that the pointer or the cursor is on. */
  readonly point: (line: number | undefined) => void;
}

const lightLines = StateEffect.define<readonly number[]>();

const litLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(current, { effects, state, changes }) {
    let lit = current.map(changes);
    for (const effect of effects) if (effect.is(lightLines)) lit = decorations(state, effect.value);
    return lit;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Changes that the page makes, and nobody by hand. */
const given = Annotation.define<true>();

/** Characters that an editor takes at once: it divides them into lines, in which time no key is seen. */
const atOnce = 200_000;

/** Puts a text in the place of another, which can be undone to. */
function replace(editor: EditorView, text: string): void {
  editor.dispatch({
    changes: { from: 0, to: editor.state.doc.length, insert: text },
    annotations: given.of(true),
  });
}

/** The same for a text that is only read: a long one in later turns, which what is given calls off. */
function fill(editor: EditorView, text: string): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const put = (from: number): void => {
    editor.dispatch({
      changes: { from, to: editor.state.doc.length, insert: text.slice(from, from + atOnce) },
      annotations: Transaction.addToHistory.of(false),
    });
    if (from + atOnce < text.length) timer = setTimeout(() => put(from + atOnce));
  };
  if (text.length <= atOnce) put(0);
  else timer = setTimeout(() => put(0));
  return () => clearTimeout(timer);
}

const litLine = Decoration.line({ class: "cm-lit" });

function decorations(state: EditorState, lines: readonly number[]): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const line of [...new Set(lines)].sort((a, b) => a - b)) {
    if (line < 1 || line > state.doc.lines) continue;
    const { from } = state.doc.line(line);
    builder.add(from, from, litLine);
  }
  return builder.finish();
}

// Colours are the page's: its variables reach into the editor's own tree, its style sheet does not.
const theme = EditorView.theme({
  "&": { height: "100%", fontSize: "12.5px", color: "var(--text)", backgroundColor: "var(--panel)" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", overflow: "auto" },
  ".cm-gutters": { color: "var(--faint)", backgroundColor: "var(--band)", border: "none" },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-lit": { backgroundColor: "var(--lit)", color: "var(--lit-text)" },
  ".cm-lit span": { color: "inherit" },
  ".cm-tooltip": { color: "var(--text)", backgroundColor: "var(--panel)", border: "1px solid var(--line)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--selection)",
  },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.definitionKeyword], color: "var(--code-keyword)" },
  { tag: [tags.typeName, tags.className, tags.standard(tags.typeName)], color: "var(--code-type)" },
  { tag: [tags.string, tags.character], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: "var(--faint)" },
  { tag: [tags.processingInstruction, tags.meta], color: "var(--code-meta)" },
]);

/**
 * What replaces or removes a selection is done here: a browser that does it in its own way keeps the look of the lines around
 * it by inline styles, and the policy refuses those. Nor is any text made bold.
 */
const ownEdits = EditorView.domEventHandlers({
  beforeinput(event, editor) {
    const { inputType, data, isComposing } = event;
    const isFormat = inputType.startsWith("format");
    const isEdit = inputType === "insertText" || inputType.startsWith("delete");
    if (!isFormat && (!isEdit || isComposing || editor.state.selection.main.empty)) return false;
    event.preventDefault();
    if (isFormat || editor.state.readOnly) return true;
    const isInsert = inputType === "insertText";
    editor.dispatch(editor.state.replaceSelection(isInsert ? (data ?? "") : ""), {
      userEvent: isInsert ? "input.type" : "delete.selection",
      scrollIntoView: true,
    });
    return true;
  },
});

/** A text with line numbers, colours and remarks, in a tree of its own: the page's policy lets no style sheet be added to it. */
export function Editor(props: EditorProps): JSX.Element {
  const { label, language, text, remarks = [], lit, follow } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | undefined>(undefined);
  /** Texts that were written here and told, and that have not come back yet: the editor may be further already. */
  const told = useRef<string[]>([]);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
    const writable = latest.current.change !== undefined;
    const extensions: Extension[] = [
      minimalSetup,
      lineNumbers(),
      theme,
      syntaxHighlighting(colours),
      language === "c" ? cpp() : javascript({ typescript: true }),
      litLines,
      ownEdits,
      lintGutter(),
      EditorState.readOnly.of(!writable),
      EditorView.contentAttributes.of({ "aria-label": label, ...(writable ? {} : { "aria-readonly": "true" }) }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && writable && !update.transactions.some((one) => one.annotation(given))) {
          const written = update.state.doc.toString();
          told.current.push(written);
          latest.current.change?.(written);
        }
        if (update.selectionSet) {
          latest.current.point(update.state.doc.lineAt(update.state.selection.main.head).number);
        }
      }),
      EditorView.domEventHandlers({
        mousemove(event, at) {
          const position = at.posAtCoords({ x: event.clientX, y: event.clientY });
          latest.current.point(position === null ? undefined : at.state.doc.lineAt(position).number);
        },
        mouseleave: () => latest.current.point(undefined),
      }),
    ];
    const made = new EditorView({ doc: latest.current.text, extensions, parent: root, root });
    // Reached by keyboard, where it scrolls and nothing in it is edited.
    made.scrollDOM.tabIndex = 0;
    view.current = made;
    return () => made.destroy();
  }, [label, language]);
  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return undefined;
    const at = told.current.indexOf(text);
    told.current = at < 0 ? [] : told.current.slice(at + 1);
    if (at >= 0) return undefined;
    if (editor.state.doc.length === text.length && editor.state.doc.toString() === text) return undefined;
    if (latest.current.change === undefined) return fill(editor, text);
    replace(editor, text);
    return undefined;
  }, [text]);
  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    const end = editor.state.doc.length;
    const shown = remarks
      .filter(({ from }) => from <= end)
      .map((remark) => ({ ...remark, to: Math.min(end, Math.max(remark.to, remark.from)) }));
    editor.dispatch(setDiagnostics(editor.state, shown));
  }, [remarks, text]);
  const litKey = lit.join(",");
  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    const [first] = lit;
    const scroll =
      follow && first !== undefined && first <= editor.state.doc.lines
        ? [EditorView.scrollIntoView(editor.state.doc.line(first).from, { y: "center" })]
        : [];
    editor.dispatch({ effects: [lightLines.of(lit), ...scroll] });
  }, [litKey, follow, text]);
  return <div class="editor" ref={host} data-label={label} />;
}
