import type { JSX } from "preact";
import { hexOf } from "../codec/hex.ts";
import { printable } from "../display-text.ts";
import type { ObjectSession } from "../object/session.ts";
import type { Pointed } from "../source/links.ts";
import { MapEntriesView } from "./map-entries-view.tsx";
import { PictureList } from "./picture-view.tsx";

interface ObjectContentsProps {
  readonly session: ObjectSession;
  readonly lit: Pointed | undefined;
  readonly point: (pointed: Pointed | undefined) => void;
}

/** Maps with their elements and global variables, as they are now, and the layouts of an object's types. */
export function ObjectContents({ session, lit, point }: ObjectContentsProps): JSX.Element {
  const { maps, variables } = session.object;
  return (
    <section class="panel contents" aria-label="Contents" tabIndex={0}>
      <h2>Maps and globals</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">map</th>
            <th scope="col">type</th>
            <th scope="col">key</th>
            <th scope="col">value</th>
            <th scope="col">entries</th>
          </tr>
        </thead>
        <tbody>
          {maps.map(({ name, type, keySize, valueSize, maxEntries }) => (
            <tr key={name}>
              <td>{printable(name)}</td>
              <td>{type}</td>
              <td class="number">{keySize}</td>
              <td class="number">{valueSize}</td>
              <td class="number">{maxEntries}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {variables.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">global</th>
              <th scope="col">section</th>
              <th scope="col">value</th>
            </tr>
          </thead>
          <tbody>
            {variables.map((variable) => (
              <tr key={variable.name} data-global={variable.name}>
                <td>{printable(variable.name)}</td>
                <td>{printable(variable.section)}</td>
                <td class="value">{textOf(variable.get())}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <MapEntriesView maps={session.entries()} />
      <h2>Layouts</h2>
      <PictureList pictures={session.read.pictures} lit={lit} point={point} />
    </section>
  );
}

function textOf(value: number | bigint | boolean | Uint8Array): string {
  if (!(value instanceof Uint8Array)) return String(value);
  const shown = hexOf(value.subarray(0, 32));
  return value.byteLength > 32 ? `${shown} … ${value.byteLength} bytes` : shown;
}
