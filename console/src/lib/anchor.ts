/** An anchor as the readers of Markdown make it: small letters, no punctuation, spaces as hyphens. */
export const anchorOf = (text: string) =>
  text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
