/** What a page says about its list; `DataList` does the rest. */
import type { LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { Target } from "../../api/index.ts";
import type { Query } from "../../api/client.ts";
import type { ExportList, Page, SavedViewPage } from "../../api/types.ts";
import type { Topic } from "../../lib/live.ts";

export interface Column<T> {
  id: string;
  header: string;
  /** The server's name for this order; without it the column cannot be sorted by. */
  sort?: string;
  cell: (row: T) => ReactNode;
  /** Pixels; columns that grow share what is left over. */
  width: number;
  grow?: boolean;
  align?: "right";
  /** Not shown until asked for. */
  hidden?: boolean;
  /** Always shown. */
  fixed?: boolean;
}

export interface FilterOption {
  value: string;
  label: string;
  /** What tells it from others of that name. */
  detail?: string;
}

/** How values that are too many to list are found. */
export interface Finder {
  /** What is found, among the queries. */
  key: readonly unknown[];
  search: (text: string, signal?: AbortSignal) => Promise<FilterOption[]>;
  /** What a value that is in the address is called. */
  name: (value: string) => Promise<string>;
}

export interface Filter {
  param: string;
  label: string;
  /** Without options the value is typed, unless it is a day, or found. */
  options?: FilterOption[];
  /** Values that are proposed where one is typed; others can be typed, too. */
  proposed?: string[];
  /** What a typed value is called, where it is more than what stands in the address. */
  nameOf?: (value: string) => string;
  /** A day of the reader's calendar; its label is said with it: *up to 3 August*. */
  day?: { min?: string; max?: string };
  /** The server finds what fits the words. */
  find?: Finder;
  /** What a value asks of the API; without it, the value for the parameter of that name. */
  ask?: (value: string) => Query;
  /** Parameters that mean nothing any more once this one has another value. */
  clears?: string[];
  /** Offered under one button with others of its kind until it is in use. */
  rare?: boolean;
}

export interface Action {
  label: string;
  icon?: ReactNode;
  run: () => void;
  danger?: boolean;
  /** Why it cannot be done now. */
  disabled?: string;
}

export interface Selection<T> {
  count: number;
  countIsMinimum: boolean;
  /** The rows themselves; empty when everything that matches is meant. */
  rows: T[];
  all: boolean;
  target: Target;
  clear: () => void;
}

export interface Line {
  title: ReactNode;
  detail: ReactNode;
  aside?: ReactNode;
}

export interface ListSpec<T> {
  /** Names the list in this browser's memory and among the queries. */
  name: string;
  title: string;
  topics?: Topic[];
  /** Milliseconds from one look at what changed to the next, where it is not three seconds. */
  every?: number;
  load: (query: Query, signal?: AbortSignal) => Promise<Page<T>>;
  /** The address of the same list in the HTTP API. */
  path: string;
  /** Whether a row has an id to copy, and an address of its own beside it. */
  copyable?: boolean | "id";
  /** Added to every request; not shown as a filter. */
  fixed?: Query;
  rowId: (row: T) => string;
  rowName: (row: T) => string;
  columns: Column<T>[];
  filters?: Filter[];
  /** The sticky customer narrows this list. */
  byCustomer?: boolean;
  sort: string;
  searchLabel?: string;
  link?: (row: T) => LinkProps;
  rowActions?: (row: T) => Action[];
  bulkActions?: (selection: Selection<T>) => Action[];
  /** Why a row cannot be selected. */
  locked?: (row: T) => string | undefined;
  preview?: (row: T) => ReactNode;
  /** The parameter that names the row previewed, where links from elsewhere call it otherwise than `preview`. */
  previewParam?: string;
  /** Fetches a row that the address names but the page does not hold. */
  loadOne?: (id: string) => Promise<T>;
  line: (row: T) => Line;
  empty: ReactNode;
  exportAs?: ExportList;
  /** Under which name views of this list are saved; without it there are none. */
  views?: SavedViewPage;
  /** A file that the server makes at once of all that the filters let through; it takes no search words. */
  download?: { format: string; hint: string; address: (filters: Query) => string; disabled?: string };
}
