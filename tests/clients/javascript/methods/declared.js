// The public methods of the client's database part, and the options that each takes, as its type definitions declare them.

import { fileURLToPath } from "node:url";
import ts from "typescript";
import { program } from "../compiler.js";

export const classes = [
  "PostgrestClient",
  "PostgrestQueryBuilder",
  "PostgrestFilterBuilder",
  "PostgrestTransformBuilder",
  "PostgrestBuilder",
];

const library = import.meta.resolve("@supabase/postgrest-js");

// Returns `Class.method` by name, each with the names of its options.
export function declared() {
  const file = fileURLToPath(library).replace(/\.mjs$/, ".d.mts");
  const parsed = program(file);
  const checker = parsed.getTypeChecker();
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(parsed.getSourceFile(file)));
  const found = new Map();
  for (const name of classes) {
    const alias = exported.find((one) => one.name === name);
    const { members } = checker.getAliasedSymbol(alias).declarations.find(ts.isClassDeclaration);
    for (const method of members.filter((member) => ts.isMethodDeclaration(member) && isPublic(member))) {
      const key = `${name}.${method.name.getText()}`;
      const options = found.get(key) ?? found.set(key, new Set()).get(key);
      method.parameters.flatMap((parameter) => optionsOf(parameter.type)).forEach((option) => options.add(option));
    }
  }
  return found;
}

function isPublic(member) {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return (ts.getCombinedModifierFlags(member) & hidden) === 0;
}

// A parameter whose type is spelled out as an object is one of options.
function optionsOf(type) {
  return type !== undefined && ts.isTypeLiteralNode(type) ? type.members.map((member) => member.name.getText()) : [];
}
