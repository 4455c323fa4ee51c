// Opens HARs with har-validator: `node har_validator.cjs NODE_MODULES FOLDER` prints why it refuses which file, as JSON.
const fs = require("fs");
const path = require("path");

const [modules, folder] = process.argv.slice(2);
const validate = require(path.join(modules, "har-validator"));

(async () => {
  const refused = {};
  for (const name of fs.readdirSync(folder).sort()) {
    const har = JSON.parse(fs.readFileSync(path.join(folder, name), "utf-8"));
    await validate.har(har).catch((error) => {
      refused[name] = error.errors.map(({ dataPath, message }) => `${dataPath} ${message}`);
    });
  }
  console.log(JSON.stringify(refused));
})();
