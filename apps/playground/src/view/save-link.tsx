import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

/** A link that saves a text as a file, as soon as there is one. */
export function SaveLink({ name, text }: { readonly name: string; readonly text: string }): JSX.Element | null {
  const [url, setUrl] = useState<string | undefined>();
  useEffect(() => {
    let made: string | undefined;
    // In a turn of its own: a long text takes a while to be encoded.
    const timer = setTimeout(() => {
      made = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
      setUrl(made);
    });
    return () => {
      clearTimeout(timer);
      if (made !== undefined) URL.revokeObjectURL(made);
      setUrl(undefined);
    };
  }, [text]);
  if (url === undefined) return null;
  return (
    <a class="save" href={url} download={name}>
      {`Save ${name}`}
    </a>
  );
}
