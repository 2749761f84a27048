import { defineConfig } from "vite";

// Relative addresses, so that the page works under any prefix of a proxy; no inlined files and no inline script, because
// the page's content security policy allows neither.
export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
});
