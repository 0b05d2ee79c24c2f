import { DuckDBInstance } from "@duckdb/node-api";

/** What DuckDB gives for a query of files in a folder, as a table of text: names, then rows. */
export async function queried(folder: string, query: string): Promise<string> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    await connection.run(`SET file_search_path = '${folder.replaceAll("'", "''")}'`);
    const reader = await connection.runAndReadAll(query);
    const rows = [reader.columnNames(), ...reader.getRows().map((row) => row.map(String))];
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
    return rows
      .map(
        (row) =>
          `${row
            .map((text, column) => text.padEnd(widths[column]!))
            .join("  ")
            .trimEnd()}\n`,
      )
      .join("");
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
