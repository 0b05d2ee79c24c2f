import type { JSX } from "preact";
import { useEffect, useMemo, useReducer, useState } from "preact/hooks";
import type { CommandRequest } from "./state/command-log.ts";
import { Dashboard } from "./state/dashboard.ts";
import type { LoggedRecord } from "./state/record-log.ts";
import { type Connection, Stream } from "./state/stream.ts";
import { Charts } from "./view/charts.tsx";
import { Controls } from "./view/controls.tsx";
import { Header } from "./view/header.tsx";
import { HostsPanel } from "./view/hosts-panel.tsx";
import { Inspector } from "./view/inspector.tsx";
import { ConnectionNotice, FirstRunHint } from "./view/notices.tsx";
import { RecordBrowser } from "./view/record-browser.tsx";
import { BatchesPanel, CountersPanel, TotalsPanel } from "./view/totals.tsx";

/** How often charts get a point, milliseconds, */
const sampleMs = 250;
/** and how many of these pass between points while the kernel side tells of nothing but itself: drawing is what a page costs. */
const quietSamples = 12;

interface Connected {
  readonly state: Connection;
  readonly reason?: string | undefined;
}

/** The whole page, over one stream. */
export function App(): JSX.Element {
  const dashboard = useMemo(() => new Dashboard(), []);
  const [connected, setConnected] = useState<Connected>({ state: "connecting" });
  const [stream, setStream] = useState<Stream | undefined>();
  const [selected, select] = useState<LoggedRecord | undefined>();
  /** The host whose records are shown, of those that a relay brings. */
  const [host, chooseHost] = useState<number | undefined>();
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  useEffect(() => {
    let run: bigint | undefined;
    const opened = new Stream(location.href, {
      frame: (frame) => {
        dashboard.take(frame, performance.now(), performance.timeOrigin);
        if (frame.kind !== "hello_frame") return;
        // A record of another run means nothing beside this one's.
        if (run !== frame.run) {
          select(undefined);
          chooseHost(undefined);
        }
        run = frame.run;
      },
      connection: (state, reason) => {
        // A server that is silent may still have them.
        if (state !== "open" && state !== "silent") dashboard.commands.cutOff();
        dashboard.connection(state === "open", Date.now());
        setConnected({ state, reason });
      },
    });
    setStream(opened);
    let passed = 0;
    const timer = setInterval(() => {
      passed += 1;
      if (dashboard.isQuiet && passed < quietSamples) return;
      passed = 0;
      dashboard.sample(performance.now());
      redraw(undefined);
    }, sampleMs);
    return () => clearInterval(timer);
  }, [dashboard]);
  const send = (request: CommandRequest): void => {
    const command = dashboard.commands.add(request, performance.now());
    const sent = stream?.send({ kind: "command_frame", id: command.id, command: request });
    if (sent !== true) dashboard.commands.cutOff();
    redraw(undefined);
  };
  const relayed = dashboard.hello?.backend === "relay";
  return (
    <>
      <Header dashboard={dashboard} connection={connected.state} />
      <main>
        {relayed ? (
          <HostsPanel hosts={dashboard.hosts} offSince={dashboard.offSince} chosen={host} choose={chooseHost} />
        ) : (
          <TotalsPanel dashboard={dashboard} />
        )}
        <Charts dashboard={dashboard} />
        <div class="columns">
          <RecordBrowser dashboard={dashboard} host={host} selected={selected} select={select} />
          <div class="side">
            {!relayed && <Controls dashboard={dashboard} connected={connected.state === "open"} send={send} />}
            <Inspector record={selected} />
          </div>
        </div>
        <div class="bottom">
          <CountersPanel dashboard={dashboard} />
          <BatchesPanel dashboard={dashboard} />
        </div>
      </main>
      <div class="notices">
        <ConnectionNotice connection={connected.state} reason={connected.reason} retry={() => stream?.retry()} />
        <FirstRunHint />
      </div>
    </>
  );
}
