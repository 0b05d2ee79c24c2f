import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Connection } from "../state/stream.ts";

interface NoticeProps {
  readonly connection: Connection;
  readonly reason: string | undefined;
  readonly retry: () => void;
}

/** What is wrong, and what to do about it; lies over the page, so that nothing moves. */
export function ConnectionNotice({ connection, reason, retry }: NoticeProps): JSX.Element | null {
  if (connection === "refused") {
    return (
      <div class="notice" role="alert">
        <p>{reason}</p>
        <button type="button" onClick={() => location.reload()}>
          Load again
        </button>
      </div>
    );
  }
  if (connection === "silent") {
    return (
      <div class="notice" role="alert">
        <p>
          The server says nothing any more: it may be stopped, or have much to do. As soon as it goes on, this page
          does.
        </p>
      </div>
    );
  }
  if (connection === "full") {
    return (
      <div class="notice" role="alert">
        <p>The server has as many pages as it takes. Close one, and this one goes on by itself.</p>
        <button type="button" onClick={retry}>
          Try now
        </button>
      </div>
    );
  }
  if (connection !== "waiting") return null;
  return (
    <div class="notice" role="alert">
      <p>
        The server is gone. Start it at this address, and the page goes on:{" "}
        <code>npm run demo -- --address {location.href}</code>
      </p>
      <button type="button" onClick={retry}>
        Try now
      </button>
    </div>
  );
}

const seen = "rbgen-demo-hint";

/** Told once: what there is to see. */
export function FirstRunHint(): JSX.Element | null {
  const [shown, setShown] = useState(() => localStorage.getItem(seen) === null);
  if (!shown) return null;
  const close = (): void => {
    localStorage.setItem(seen, "1");
    setShown(false);
  };
  return (
    <div class="notice hint" role="note">
      <p>
        A BPF program writes records into a ring. The server forwards their bytes as they are, and the code that{" "}
        <code>rbgen</code> made of <code>apps/demo/bpf/types.h</code> decodes them here. Choose a record to see its
        bytes; change a command to send a record back.
      </p>
      <button type="button" onClick={close}>
        Got it
      </button>
    </div>
  );
}
