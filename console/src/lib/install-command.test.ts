import { expect, it } from "vitest";

import { masked, withSecret } from "./install-command.ts";

const line =
  "curl -fsS https://v/install/agent.sh && sudo sh vigie-agent.sh --client-id office --client-secret abc-123";

it("shows the line that installs an agent without its secret, and puts it back whole", () => {
  expect(masked(line)).not.toContain("abc-123");
  expect(masked(line)).toContain("--client-id office --client-secret ••••");
  expect(withSecret(masked(line), "abc-123")).toBe(line);
  expect(withSecret(masked(line), "$&$1")).toContain("--client-secret $&$1");
});

it("does the same with the line for Windows", () => {
  const windows = 'msiexec /qn /i a.msi CLIENTID=office CLIENTSECRET="abc-123" CAFILE="%CD%\\ca.pem"';
  expect(masked(windows)).toContain('CLIENTID=office CLIENTSECRET="••••');
  expect(masked(windows)).toContain('" CAFILE="%CD%\\ca.pem"');
  expect(withSecret(masked(windows), "abc-123")).toBe(windows);
});
