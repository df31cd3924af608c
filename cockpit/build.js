// SPDX-License-Identifier: GPL-2.0-or-later
//
// Build the page into dist/: one script, one style sheet, nothing that is fetched elsewhere. Fails if they are too large.
//
// usage: node build.js [FOLDER]     (dist)

import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { pruneCss } from "./prune-css.js";

const SIZE_MAX = 600 * 1024;

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "dist");

// The licences of what is in the page, each with the name of its package.
function licences(inputs) {
    const packages = new Set(inputs.map(input => /.*node_modules\/((@[^/]+\/)?[^/]+)/.exec(input)?.[1]).filter(Boolean));
    return [...packages].sort().map(name => {
        const folder = join(here, "node_modules", name);
        const file = readdirSync(folder).find(one => /^licen[cs]e/i.test(one));
        const text = file ? readFileSync(join(folder, file), "utf8")
            : `Licence: ${JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).license}\n`;
        return `${name}\n\n${text}\n`;
    }).join("\n");
}

const result = await build({
    absWorkingDir: here,
    entryPoints: { index: "src/main.jsx" },
    outdir: out,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    jsx: "automatic",
    target: ["es2021", "chrome105", "firefox102", "safari15.4"],
    legalComments: "none",
    loader: { ".woff2": "empty", ".woff": "empty", ".ttf": "empty", ".eot": "empty", ".svg": "empty", ".png": "empty",
        ".jpg": "empty" },
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "warning",
});

const text = name => result.outputFiles.find(file => file.path.endsWith(name)).text;
const script = text(".js");
// what index.html itself names counts too
const style = pruneCss(text(".css"), script + readFileSync(join(here, "index.html"), "utf8"));

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "index.js"), script);
writeFileSync(join(out, "index.css"), style);
writeFileSync(join(out, "LICENSES.txt"), licences(Object.keys(result.metafile.inputs)));
for (const name of ["index.html", "manifest.json"])
    copyFileSync(join(here, name), join(out, name));

const sizes = ["index.js", "index.css", "index.html", "manifest.json"].map(name => readFileSync(join(out, name)).length);
const total = sizes.reduce((sum, size) => sum + size, 0);
console.log(`script ${sizes[0]}, style ${sizes[1]}, all ${total} bytes`);
if (total > SIZE_MAX || /url\(["']?(https?:)?\/\//.test(style))
    throw new Error(`The page is larger than ${SIZE_MAX} bytes, or fetches something`);
