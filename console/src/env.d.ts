/// <reference types="vite/client" />
declare module "virtual:theme-variables.css";

declare module "virtual:parts" {
  interface Part {
    name: string;
    version: string;
    /** Empty where it could not be asked. */
    licence: string;
  }
  export const crates: Part[];
  export const packages: Part[];
}
