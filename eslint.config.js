import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["src/harlake/page/vendor/"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "max-lines": ["error", 249],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  { files: ["src/harlake/page/**"], languageOptions: { globals: globals.browser } },
  { files: ["tests/page/js/**"], languageOptions: { globals: globals.node } },
];
