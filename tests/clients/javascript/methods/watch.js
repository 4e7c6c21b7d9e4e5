// Which methods and options of the client were used since the last look.

import * as library from "@supabase/postgrest-js";
import { classes } from "./declared.js";

let used = new Set();

for (const name of classes) {
  const { prototype } = library[name];
  for (const method of Object.getOwnPropertyNames(prototype).filter((one) => one !== "constructor")) {
    const original = prototype[method];
    prototype[method] = function watched(...values) {
      used.add(`${name}.${method}`);
      const options = values.at(-1);
      if (options?.constructor === Object) {
        Object.keys(options).forEach((option) => used.add(`${name}.${method}{${option}}`));
      }
      return original.apply(this, values);
    };
  }
}

// Returns what was used, and begins anew.
export function look() {
  const seen = used;
  used = new Set();
  return seen;
}
