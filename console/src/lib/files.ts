/** Files that people choose: their bytes for the API. */

/** Largest certificate file that the server takes, bytes. */
export const largestCertificateFile = 64 * 1024;

/** A file's bytes as base64 (RFC 4648 §4). */
export async function base64Of(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
