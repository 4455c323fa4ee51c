// Take out what har-cleaner does by default: `har_cleaner.cjs MODULES INPUT OUTPUT`.
const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const [modules, input, output] = process.argv.slice(2);
const { sanitizeHar } = require(join(modules, "har-cleaner"));
const text = readFileSync(input, "utf8").replace(/^\uFEFF/, "");
writeFileSync(output, JSON.stringify(sanitizeHar(JSON.parse(text))));
