/** Imports of equipment: a file's lines are read as the server would, the work takes a moment. */
import type * as T from "../../src/api/types.ts";
import { Created, FileAnswer, type Route } from "./answers.ts";
import { page, Refusal } from "./list.ts";
import type { World } from "./world.ts";

/** What the mock keeps of an import beside what it answers. */
export interface MockImport {
  answer: T.Import;
  text: string;
  refused: T.ImportRefusal[];
  startedAt: number;
}

/** How long the work takes, milliseconds. */
const takes = 1200;

const known: Record<string, string> = {
  nom: "name",
  name: "name",
  "numéro de série": "serial",
  serial: "serial",
  client: "customer",
  emplacement: "location",
  statut: "status",
  "date d’achat": "purchase_date",
};

const separators = { comma: ",", semicolon: ";", tab: "\t", pipe: "|" };
type Delimiter = keyof typeof separators;

function read(text: string, wanted?: Delimiter | null) {
  const lines = text.split(/\r?\n/).filter(Boolean);
  const guess: Delimiter = lines[0]?.includes(";") ? "semicolon" : "comma";
  const delimiter = wanted ?? guess;
  const rows = lines.map((line) => line.split(separators[delimiter]));
  return { delimiter, columns: rows[0] ?? [], rows: rows.slice(1) };
}

function previewOf(text: string, wanted?: Delimiter | null): T.ImportPreview {
  const { delimiter, columns, rows } = read(text, wanted);
  const found = columns.map((name) => ({ name, field: known[name.toLowerCase()] ?? null }));
  const left = found.filter(({ field }) => field === null).map(({ name }) => name);
  return {
    format: "csv",
    encoding: "utf-8",
    delimiter,
    sheet: null,
    sheets: [],
    columns: found,
    rows: rows.slice(0, 10),
    warnings: left.length > 0 ? [{ code: "columns-left-out", names: left }] : [],
  };
}

/** How it stands by now. */
function now(one: MockImport): T.Import {
  const { answer } = one;
  if (answer.state !== "running" && answer.state !== "undoing") return answer;
  const share = Math.min(1, (Date.now() - one.startedAt) / takes);
  answer.percent = Math.floor(share * 100);
  if (answer.state === "undoing") {
    if (share < 1) return answer;
    Object.assign(answer, { state: "undone", percent: 100, undone: answer.created, kept: 0, can_undo: false });
    return answer;
  }
  const { columns, rows } = read(one.text, answer.options.delimiter);
  answer.lines_total = rows.length;
  answer.lines_read = Math.floor(share * rows.length);
  if (share < 1) return answer;
  const mapping = Object.entries(answer.options.mapping ?? {});
  const at = (field: string) => columns.indexOf(mapping.find(([, to]) => to === field)?.[0] ?? "");
  one.refused = rows.flatMap((cells, index): T.ImportRefusal[] => {
    const base = { line: index + 2, other_line: null, cells };
    const name = cells[at("name")] ?? "";
    const serial = cells[at("serial")] ?? "";
    const twin = serial ? rows.findIndex((other) => other[at("serial")] === serial) : index;
    if (name === "")
      return [{ ...base, code: "name-missing", reason: "An equipment needs a name.", column: "Nom", value: "" }];
    if (twin < index)
      return [
        {
          ...base,
          code: "duplicate",
          reason: "Twice.",
          column: columns[at("serial")]!,
          value: serial,
          other_line: twin + 2,
        },
      ];
    return [];
  });
  const taken = rows.length - one.refused.length;
  Object.assign(answer, {
    state: "done",
    percent: 100,
    lines_read: rows.length,
    created: taken,
    refused: one.refused.length,
    can_undo: !answer.dry_run && taken > 0,
    finished_at: new Date().toISOString(),
  });
  return answer;
}

function find(world: World, id: string): MockImport {
  const one = world.imports.find(({ answer }) => answer.id === id);
  if (!one) throw new Refusal(404, "not-found", "");
  return one;
}

export const importRoutes: Route[] = [
  [
    "GET",
    /^\/imports$/,
    (world, { query }) =>
      page(
        world.imports.map((one) => now(one)),
        query,
      ),
  ],
  [
    "POST",
    /^\/imports\/equipment$/,
    (world, { raw }) => {
      const form = raw.toString();
      const [, name, rest] = /filename="([^"]*)"[^]*?\r\n\r\n([^]*)/.exec(form) ?? [];
      const text = (rest ?? "").split(/\r\n--/)[0]!;
      if (text === "") throw new Refusal(422, "import-unreadable", "", [], { reason: "empty" });
      const preview = previewOf(text);
      const answer: T.Import = {
        id: `im_${world.imports.length + 1}`,
        file_name: name ?? "file",
        format: "csv",
        bytes: text.length,
        columns: preview.columns.map((column) => column.name),
        options: {
          mapping: null,
          customer_id: null,
          match: "auto",
          dates: "auto",
          encoding: null,
          delimiter: null,
          sheet: null,
        },
        dry_run: false,
        state: "draft",
        percent: 0,
        lines_total: null,
        lines_read: 0,
        created: 0,
        changed: 0,
        unchanged: 0,
        refused: 0,
        warnings: preview.warnings,
        error: null,
        can_undo: false,
        undone: 0,
        kept: 0,
        created_at: new Date().toISOString(),
        created_by: "admin",
        finished_at: null,
        undone_at: null,
      };
      world.imports.unshift({ answer, text, refused: [], startedAt: 0 });
      return new Created(answer);
    },
  ],
  ["GET", /^\/imports\/([^/]+)$/, (world, _, id) => now(find(world, id!))],
  [
    "GET",
    /^\/imports\/([^/]+)\/preview$/,
    (world, { query }, id) => previewOf(find(world, id!).text, query.get("delimiter") as Delimiter | null),
  ],
  [
    "POST",
    /^\/imports\/([^/]+)\/start$/,
    (world, { body }, id) => {
      const one = find(world, id!);
      const fresh = { created: 0, refused: 0, lines_read: 0, lines_total: null, percent: 0 };
      Object.assign(one.answer, fresh, { state: "running", dry_run: body.dry_run, options: body.options });
      one.startedAt = Date.now();
      return new Created(one.answer, 202);
    },
  ],
  [
    "POST",
    /^\/imports\/([^/]+)\/undo$/,
    (world, _, id) => {
      const one = find(world, id!);
      Object.assign(one.answer, { state: "undoing", percent: 0, can_undo: false });
      one.startedAt = Date.now();
      return new Created(one.answer, 202);
    },
  ],
  ["GET", /^\/imports\/([^/]+)\/refused-lines$/, (world, { query }, id) => page(find(world, id!).refused, query)],
  [
    "GET",
    /^\/imports\/([^/]+)\/refused-lines\/file$/,
    (world, _, id) =>
      new FileAnswer(
        "refused.csv",
        ["line,code", ...find(world, id!).refused.map((one) => `${one.line},${one.code}`)].join("\n"),
      ),
  ],
  ["GET", /^\/imports\/([^/]+)\/kept$/, (_, { query }) => page([], query)],
  [
    "DELETE",
    /^\/imports\/([^/]+)$/,
    (world, _, id) => {
      world.imports = world.imports.filter(({ answer }) => answer.id !== id);
    },
  ],
];
