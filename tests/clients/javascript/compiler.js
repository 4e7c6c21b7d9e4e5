// The TypeScript compiler, over files of which some are made up.

import { fileURLToPath } from "node:url";
import ts from "typescript";

const options = {
  strict: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
  types: [],
  skipLibCheck: true,
};

export const path = (name) => fileURLToPath(new URL(name, import.meta.url));

// Returns a program of `file`; `texts` has the text of files that are not on the disk, by path.
export function program(file, texts = new Map()) {
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile, readFile } = host;
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.readFile = (name) => texts.get(name) ?? readFile(name);
  host.getSourceFile = (name, target) =>
    texts.has(name) ? ts.createSourceFile(name, texts.get(name), target) : getSourceFile(name, target);
  return ts.createProgram([file], options, host);
}

// Returns what the compiler says about `file`: `line: message`.
export function complaints(file, texts) {
  return ts.getPreEmitDiagnostics(program(file, texts)).map(({ file: source, start, messageText }) => {
    const line = source === undefined ? "" : `${source.getLineAndCharacterOfPosition(start).line + 1}: `;
    return line + ts.flattenDiagnosticMessageText(messageText, " ");
  });
}
