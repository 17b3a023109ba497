/// <reference types="vitest/config" />
import { defineConfig } from "vite";

// ComfyUI imports every .js file below web/, so web/js holds one built file. ComfyUI's own modules are not bundled.
export default defineConfig({
  build: {
    outDir: "web/js",
    emptyOutDir: true,
    minify: true,
    target: "es2023",
    lib: { entry: "web/src/main.ts", formats: ["es"], fileName: () => "tora_trajectory.js" },
    rolldownOptions: { external: [/scripts\/(app|api)\.js$/] },
  },
  test: { environment: "happy-dom", include: ["tests/web/**/*.test.ts"] },
});
