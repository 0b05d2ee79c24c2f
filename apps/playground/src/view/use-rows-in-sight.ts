import { type RefObject, useEffect, useState } from "preact/compat";

/** Rows beside those in sight that are drawn, so that scrolling shows them at once. */
const beside = 12;

/** The rows of one height that are in sight of what scrolls, from the first to before the last. */
export function useRowsInSight(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
): readonly [number, number] {
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(300);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    // By whole rows: within one nothing is drawn anew.
    const scrolled = (): void => setTop(Math.floor(element.scrollTop / rowHeight));
    const resized = new ResizeObserver(() => setHeight(element.clientHeight));
    element.addEventListener("scroll", scrolled, { passive: true });
    resized.observe(element);
    return () => {
      element.removeEventListener("scroll", scrolled);
      resized.disconnect();
    };
  }, [rowHeight]);
  const from = Math.min(Math.max(0, top - beside), Math.max(0, count - 1));
  return [from, Math.min(count, top + Math.ceil(height / rowHeight) + beside)];
}
