// Reads a HAR with JSON.parse and writes it with JSON.stringify: node_json.cjs INPUT OUTPUT
const fs = require("node:fs");

const [, , input, output] = process.argv;
const har = JSON.parse(fs.readFileSync(input, "utf8"));
fs.writeFileSync(output, JSON.stringify(har));
