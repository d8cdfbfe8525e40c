/** What handlers get and give. */
import type { World } from "./world.ts";

export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
  /** The body as it came. */
  raw: Buffer;
  cookie: string;
  csrf: string | null;
}
export interface Answer {
  status: number;
  body?: unknown;
  cookie?: string;
  file?: { name: string; text: string };
  picture?: Buffer;
}
export type Handler = (world: World, call: Call, ...parts: string[]) => unknown;
export type Route = [method: string, path: RegExp, handler: Handler];

/** An answer with a status of its own. */
export class Created {
  constructor(
    readonly body: unknown,
    readonly status = 201,
  ) {}
}
/** An answer that is a picture. */
export class PictureAnswer {
  constructor(readonly content: Buffer) {}
}
/** An answer that is a file. */
export class FileAnswer {
  constructor(
    readonly name: string,
    readonly text: string,
  ) {}
}
