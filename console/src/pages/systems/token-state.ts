import type { EnrolmentToken } from "../../api/types.ts";

type Limits = Pick<EnrolmentToken, "uses" | "used" | "expires_at" | "revoked_at">;

/** Whether a token still enrols, and why not; what a person did counts first. */
export function tokenState(token: Limits, now: number): "good" | "used" | "expired" | "revoked" {
  if (token.revoked_at !== null) return "revoked";
  if (token.used >= token.uses) return "used";
  if (token.expires_at !== null && Date.parse(token.expires_at) <= now) return "expired";
  return "good";
}
