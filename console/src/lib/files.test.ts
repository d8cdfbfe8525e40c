import { expect, test } from "vitest";

import { base64Of } from "./files.ts";

test("a file's bytes become base64, whatever they are", async () => {
  expect(await base64Of(new Blob([new Uint8Array([0, 255, 128, 13, 10])]))).toBe("AP+ADQo=");
  expect(await base64Of(new Blob([]))).toBe("");
});
