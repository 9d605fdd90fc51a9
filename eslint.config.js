import fs from "node:fs";

import js from "@eslint/js";
import globals from "globals";

const types = JSON.parse(fs.readFileSync(new URL("./tsconfig.json", import.meta.url), "utf8"));

export default [
  { ignores: types.exclude },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-unused-vars": ["error", { args: "all", argsIgnorePattern: "^_" }],
      "no-useless-rename": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  {
    files: types.include,
    languageOptions: { globals: globals.browser },
    rules: {
      // Browsers load these files as they are: nobody is there to find a package by its name.
      "no-restricted-syntax": [
        "error",
        {
          selector:
            ":matches(ImportDeclaration, ImportExpression, ExportNamedDeclaration)[source.value=/^[^.]/]",
          message: "Import by a relative path: no bundler resolves a name.",
        },
      ],
    },
  },
  {
    files: ["tests/browser_code/**/*.js", "eslint.config.js"],
    languageOptions: { globals: globals.node },
  },
];
