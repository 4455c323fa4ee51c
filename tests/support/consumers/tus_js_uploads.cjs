// Uploads a file with tus-js-client, ends it in the middle, and goes on with it. Prints its URL.
const fs = require("node:fs");
const tus = require("tus-js-client");

const [endpoint, path, chunkSize] = process.argv.slice(2);
let isAborted = false;

/** @param {string | null} uploadUrl */
function start(uploadUrl) {
  const upload = new tus.Upload(fs.createReadStream(path), {
    endpoint,
    uploadUrl,
    uploadSize: fs.statSync(path).size,
    chunkSize: Number(chunkSize),
    metadata: { filename: "tus-js.har", filetype: "application/json" },
    retryDelays: [0, 200, 1000],
    onError: (error) => {
      console.error(String(error));
      process.exit(1);
    },
    onChunkComplete: () => {
      if (isAborted) return;
      isAborted = true;
      upload.abort().then(() => start(upload.url));
    },
    onSuccess: () => console.log(upload.url),
  });
  upload.start();
}

start(null);
