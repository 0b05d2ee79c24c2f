import type { MapDefinition, SentMap, SentRecord } from "../module.ts";

/**
 * What is sent, with the maps that slots of others hold from the start: what goes over an array or a hash of maps goes over
 * any of its slots.
 */
export function withSlots(sent: readonly SentMap[], maps: readonly MapDefinition[]): readonly SentMap[] {
  const byMap = new Map(sent.filter(({ iterator }) => iterator !== true).map((one) => [one.map, one]));
  const added = new Map<string, SentMap>();
  for (const { name, slots = [] } of maps) {
    const table = byMap.get(name);
    if (table === undefined || table.records.length === 0) continue;
    for (const slot of slots) added.set(slot, merged(slot, table, added.get(slot) ?? byMap.get(slot)));
  }
  if (added.size === 0) return sent;
  return [...sent.filter(({ map, iterator }) => iterator === true || !added.has(map)), ...added.values()];
}

/** What goes over `slot`, itself and by its table. */
function merged(slot: string, table: SentMap, own: SentMap | undefined): SentMap {
  if (own === undefined) return { ...table, map: slot, by: table.map };
  const records: SentRecord[] = [...own.records];
  for (const { tag: _, ...record } of table.records) {
    if (!records.some(({ type }) => type === record.type)) records.push(record);
  }
  const untold = [...own.untold, ...table.untold];
  // the same records are told apart as they are; others by nothing that was looked at together
  if (records.length === own.records.length) return { ...own, untold };
  return { map: slot, records: records.map(({ tag: _, ...record }) => record), untold };
}
