/** How well an entry of the palette answers what was typed; 0 is not at all. */
const plain = (text: string) =>
  text
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase();

/** A match in the label stands above one in the further words. */
export function rank(entry: { label: string; words?: string }, wanted: string): number {
  const label = plain(entry.label);
  const text = plain(wanted.trim());
  if (text === "") return 1;
  if (label.startsWith(text)) return 4;
  if (label.split(/\s+/).some((word) => word.startsWith(text))) return 3;
  if (label.includes(text)) return 2;
  return plain(entry.words ?? "").includes(text) ? 1 : 0;
}
