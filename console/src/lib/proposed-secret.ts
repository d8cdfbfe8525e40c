/** Letters and digits that are not mistaken for each other: 56 of them, so 24 make about 139 bits. */
const alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const fewestDifferent = 10;

/** A strong secret to propose: six groups of four, from the browser's own generator. */
export function proposedSecret(): string {
  const letters: string[] = [];
  while (letters.length < 24) {
    // 224 is four alphabets: what lies above would favour the first letters.
    const [byte] = crypto.getRandomValues(new Uint8Array(1));
    if (byte !== undefined && byte < 4 * alphabet.length) letters.push(alphabet.charAt(byte % alphabet.length));
  }
  const secret = letters.join("").replace(/(.{4})(?=.)/g, "$1-");
  return new Set(letters).size < fewestDifferent ? proposedSecret() : secret;
}
