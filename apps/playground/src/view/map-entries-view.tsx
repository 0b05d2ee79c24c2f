import type { JSX } from "preact";
import { printable } from "../display-text.ts";
import type { MapEntries } from "../object/map-entries.ts";

/** The elements of maps as they are now, decoded. */
export function MapEntriesView({ maps }: { readonly maps: readonly MapEntries[] }): JSX.Element | null {
  if (maps.length === 0) return null;
  return (
    <>
      <h2>Entries</h2>
      {maps.map(({ map, entries, more, zeros }) => (
        <div key={map.name} class="entries" data-entries={map.name}>
          <h3>
            {printable(map.name)} <span class="unit">{map.type}</span>
          </h3>
          {entries.length > 0 && (
            <table>
              <thead>
                <tr>
                  <th scope="col">key</th>
                  <th scope="col">value</th>
                </tr>
              </thead>
              <tbody>
                {entries.map(({ key, values }) => (
                  <tr key={key}>
                    <td class="value">{printable(key)}</td>
                    <td class="value">{printable(values.join(" · "))}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          <p class="note">{leftOut(entries.length, more, zeros)}</p>
        </div>
      ))}
    </>
  );
}

function leftOut(shown: number, more: number, zeros: number): string {
  const parts = [
    ...(shown + more + zeros === 0 ? ["It has none."] : []),
    ...(zeros > 0 ? [`${zeros} of ${shown + more + zeros} are all zeros.`] : []),
    ...(more > 0 ? [`${more} more are not shown.`] : []),
  ];
  return parts.join(" ");
}
