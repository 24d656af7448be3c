// node make.js SOURCE WIT OUT: the component of a script, StarlingMonkey in it, without imports.
import { componentize } from "@bytecodealliance/componentize-js";
import { readFileSync, writeFileSync } from "node:fs";

const [source, witPath, out] = process.argv.slice(2);
const disableFeatures = ["random", "clocks", "stdio", "http", "fetch-event"];
const { component } = await componentize(readFileSync(source, "utf8"), { witPath, worldName: "work", disableFeatures });
writeFileSync(out, component);
