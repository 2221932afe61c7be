// Read an edition with DuckDB in Node and in WebAssembly: run by .ci/clients.sh in a folder with both installed.
//
// Every table must open with as many rows as the edition says, give its first row, and carry its comment. Node reads
// the Parquet files too; DuckDB in WebAssembly loads its reader of Parquet from a network, and none is used here.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { DuckDBInstance, version as nodeVersion } from "@duckdb/node-api";
import * as wasm from "@duckdb/duckdb-wasm/blocking";

const edition = process.argv[2];
const file = join(edition, "community_power.duckdb");
const tables = JSON.parse(readFileSync(join(edition, "edition.json"), "utf-8")).tables;
const COMMENTS = "select schema_name || '.' || table_name as name, comment from duckdb_tables()";

async function check(client, ask, withParquet) {
  const comments = new Map((await ask(COMMENTS)).map(({ name, comment }) => [name, comment]));
  for (const [name, expected] of Object.entries(tables)) {
    const forms = { "the DuckDB file": name };
    if (withParquet) {
      forms["parquet/"] = `read_parquet('${join(edition, "parquet", `${name}.parquet`).replaceAll("'", "''")}')`;
    }
    for (const [form, relation] of Object.entries(forms)) {
      const [{ rows }] = await ask(`select count(*) as rows from ${relation}`);
      const first = await ask(`select * from ${relation} limit 1`);
      if (Number(rows) !== expected || first.length !== Math.min(expected, 1)) {
        throw new Error(`${client}: ${name} has ${rows} rows in ${form}, and ${expected} were published`);
      }
    }
    if (!comments.get(name)) throw new Error(`${client}: ${name} has no comment`);
  }
  console.log(`${client}: ${Object.keys(tables).length} tables, ${tables["core.dim_locality"]} localities`);
}

async function inNode() {
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const ask = async (sql) => (await connection.runAndReadAll(sql)).getRowObjects();
  await check(`node ${nodeVersion()}`, ask, true);
}

async function inWebAssembly() {
  const dist = dirname(createRequire(import.meta.url).resolve("@duckdb/duckdb-wasm/dist/duckdb-eh.wasm"));
  const bundle = (name) => ({ mainModule: join(dist, `duckdb-${name}.wasm`), mainWorker: "" });
  const bundles = { mvp: bundle("mvp"), eh: bundle("eh") };
  const database = await wasm.createDuckDB(bundles, new wasm.VoidLogger(), wasm.NODE_RUNTIME);
  await database.instantiate();
  database.registerFileBuffer("edition.duckdb", new Uint8Array(readFileSync(file)));
  database.open({ path: "edition.duckdb", accessMode: wasm.DuckDBAccessMode.READ_ONLY });
  const connection = database.connect();
  const ask = async (sql) => connection.query(sql).toArray().map((row) => row.toJSON());
  await check(`wasm ${database.getVersion()}`, ask, false);
}

await inNode();
await inWebAssembly();
