/** Passkeys in the browser (WebAuthn level 3's JSON forms). */
import type { PasskeyCreation, PasskeyRequest } from "../api/types.ts";

/** The person closed the browser's question, or the device has no passkey that fits. */
export class PasskeyNone extends Error {}

const canceled = (error: unknown): never => {
  if (error instanceof DOMException && ["NotAllowedError", "AbortError", "InvalidStateError"].includes(error.name)) {
    throw new PasskeyNone(error.name);
  }
  throw error;
};

/** Whether this browser has passkeys at all. */
export const hasPasskeys = () =>
  typeof PublicKeyCredential !== "undefined" && "parseRequestOptionsFromJSON" in PublicKeyCredential;

/** Has the device make a passkey; what is sent to the server. */
export async function makePasskey(options: PasskeyCreation): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const made = await navigator.credentials.create({ publicKey }).catch(canceled);
  return (made as PublicKeyCredential).toJSON();
}

/** Has the device sign; what is sent to the server. */
export async function askPasskey(options: PasskeyRequest): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const signed = await navigator.credentials.get({ publicKey }).catch(canceled);
  return (signed as PublicKeyCredential).toJSON();
}
