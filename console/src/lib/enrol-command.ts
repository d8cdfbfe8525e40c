/** The line that enrols a system: it gets the authority's certificate, then keeps the link. */
export interface Enrolling {
  /** Address of the server, `https://…`. */
  server: string;
  token: string;
  /** SHA-256 of what agents trust, hexadecimal; without it somebody has to compare the fingerprint. */
  fingerprint?: string;
}

/** How long a token is proposed to be good, days: long enough for a visit, too short to be forgotten. */
export const usualDays = 30;

export function enrolCommand({ server, token, fingerprint }: Enrolling): string {
  const url = server.replace(/\/$/, "");
  return [
    `curl -fsSk ${url}/install/ca.pem -o vigie-ca.pem`,
    ...(fingerprint ? [`echo '${fingerprint}  vigie-ca.pem' | sha256sum -c --quiet`] : []),
    `sudo vigie-agent system run --server ${url} --ca vigie-ca.pem --enrolment-token ${token}` +
      " --state-dir /var/lib/vigie-agent/system --profile PROFILE.toml",
  ].join(" && ");
}
