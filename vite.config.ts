/// <reference types="vitest/config" />
import { defineConfig } from "vite";

// ComfyUI imports every .js file below web/, so web/js holds one built file. ComfyUI's own modules are not bundled.
// `--mode readable` keeps the names and the comments of the sources, for benchmarks/editor_opening.py.
export default defineConfig(({ mode }) => ({
  build: {
    outDir: "web/js",
    emptyOutDir: true,
    minify: mode !== "readable",
    target: "es2023",
    lib: { entry: "web/src/main.ts", formats: ["es"], fileName: () => "tora_trajectory.js" },
    // A library build keeps spaces and line breaks unless the bundler itself is told to drop them.
    rolldownOptions: { external: [/scripts\/(app|api)\.js$/], output: { minify: mode !== "readable" } },
  },
  test: { environment: "happy-dom", include: ["tests/web/**/*.test.ts"] },
}));
