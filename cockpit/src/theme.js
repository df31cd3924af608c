// SPDX-License-Identifier: GPL-2.0-or-later
//
// Light or dark as Cockpit is. The shell keeps the choice as shell:style and tells the pages by an event of its own;
// "auto", or nothing, means what the browser says.

const dark = window.matchMedia("(prefers-color-scheme: dark)");

function apply(style) {
    const wanted = style ?? window.localStorage.getItem("shell:style") ?? "auto";
    const isDark = wanted === "dark" || (wanted === "auto" && dark.matches);
    document.documentElement.classList.toggle("pf-v6-theme-dark", isDark);
}

export function followCockpitsStyle() {
    window.addEventListener("storage", event => event.key === "shell:style" && apply());
    window.addEventListener("cockpit-style", event => apply(event.detail?.style));
    dark.addEventListener("change", () => apply());
    apply();
}
