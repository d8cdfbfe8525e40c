/** Cuts a font down with HarfBuzz's own subsetter (hb-subset.h). Its module has no other face than C's. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { compress, decompress } from "wawoff2";

type Call = (...numbers: number[]) => number;
type HarfBuzz = { memory: WebAssembly.Memory } & Record<
  | "_initialize"
  | "malloc"
  | "hb_blob_create"
  | "hb_blob_get_data"
  | "hb_blob_get_length"
  | "hb_face_create"
  | "hb_face_reference_blob"
  | "hb_set_add"
  | "hb_set_clear"
  | "hb_subset_input_create_or_fail"
  | "hb_subset_input_set"
  | "hb_subset_input_set_axis_range"
  | "hb_subset_input_set_flags"
  | "hb_subset_input_unicode_set"
  | "hb_subset_or_fail",
  Call
>;

const writable = 2;
const layoutFeatures = 6;
/** Without it, a letter that no font has is shown as nothing at all instead of as a box. */
const notdefOutline = 0x40;
const tag = (name: string) => [...name].reduce((number, letter) => (number << 8) + letter.charCodeAt(0), 0);

export interface Cut {
  letters: [first: number, last: number][];
  /** OpenType features that stay. */
  features: string[];
  /** Weights that stay, of a variable font. */
  weights?: [least: number, most: number];
}

/** Takes and gives WOFF2. */
export async function subset(font: Uint8Array, { letters, features, weights }: Cut): Promise<Uint8Array> {
  const module = createRequire(import.meta.url).resolve("harfbuzzjs/dist/harfbuzz-subset.wasm");
  // A new instance for each font: nothing needs to be given back.
  const { instance } = await WebAssembly.instantiate(readFileSync(module));
  const hb = instance.exports as unknown as HarfBuzz;
  hb._initialize();
  const plain = await decompress(font);
  const at = hb.malloc(plain.length);
  new Uint8Array(hb.memory.buffer).set(plain, at);
  const face = hb.hb_face_create(hb.hb_blob_create(at, plain.length, writable, 0, 0), 0);
  const input = hb.hb_subset_input_create_or_fail();
  hb.hb_subset_input_set_flags(input, notdefOutline);
  const kept = hb.hb_subset_input_set(input, layoutFeatures);
  hb.hb_set_clear(kept);
  for (const feature of features) hb.hb_set_add(kept, tag(feature));
  const codes = hb.hb_subset_input_unicode_set(input);
  for (const [first, last] of letters) {
    for (let code = first; code <= last; code += 1) hb.hb_set_add(codes, code);
  }
  if (weights && hb.hb_subset_input_set_axis_range(input, face, tag("wght"), ...weights, weights[0]) === 0) {
    throw new Error("The font has no such weights.");
  }
  const made = hb.hb_subset_or_fail(face, input);
  if (made === 0) throw new Error("The font cannot be cut down.");
  const blob = hb.hb_face_reference_blob(made);
  const start = hb.hb_blob_get_data(blob, 0);
  return compress(new Uint8Array(hb.memory.buffer).slice(start, start + hb.hb_blob_get_length(blob)));
}
