import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface SidewaysProps {
  readonly label: string;
  readonly children: ComponentChildren;
  readonly onMouseMove?: (event: Event) => void;
  readonly onMouseLeave?: () => void;
}

/** What may be wider than its place: it scrolls to the side, and where there is more, its edge says so. */
export function Sideways({ label, children, onMouseMove, onMouseLeave }: SidewaysProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const [more, setMore] = useState("");
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const look = (): void => {
      const { scrollLeft, scrollWidth, clientWidth } = element;
      const sides = [scrollLeft > 1 && "left", scrollLeft + clientWidth < scrollWidth - 1 && "right"];
      setMore(sides.filter((side) => side !== false).join(" "));
    };
    const resized = new ResizeObserver(look);
    resized.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      resized.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);
  return (
    <div class="sideways" data-more={more}>
      <div
        class="picture-frame"
        role="group"
        tabIndex={0}
        aria-label={label}
        ref={scroller}
        onMouseMove={onMouseMove}
        onMouseLeave={onMouseLeave}
      >
        {children}
      </div>
    </div>
  );
}
