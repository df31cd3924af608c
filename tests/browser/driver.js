// SPDX-License-Identifier: GPL-2.0-or-later
//
// A browser that a test drives: reads one JSON object a line, {"do": NAME, ...}, and answers each with a line, {"value": …} or
// {"error": TEXT}. What the page writes to the console, and what it could not fetch, is kept for {"do": "trouble"}.
//
// usage: node driver.js MODULES BROWSER     (the folder that has playwright-core and axe-core; the browser's program)

const { readFileSync } = require("node:fs");
const { createInterface } = require("node:readline");
const { join } = require("node:path");

const [modules, browserPath] = process.argv.slice(2);
const { chromium } = require(join(modules, "playwright-core"));
const AXE = readFileSync(join(modules, "axe-core/axe.min.js"), "utf8");

// Bounds a step that cannot be done; nothing waits that long otherwise.
const TIMEOUT = 60 * 1000;
const FRAME = "iframe[name='cockpit1:localhost/smtp-restrictions']";
const OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"];

let browser, page;
const trouble = [];

const frame = () => page.frameLocator(FRAME);

// {role, name, within: {...}, nth} or {label} or {text} or {css}
function find({ role, name, label, text, css, exact = true, within, nth }) {
    const base = within ? find(within) : frame();
    const found = role ? base.getByRole(role, name === undefined ? {} : { name, exact })
        : label ? base.getByLabel(label, { exact })
        : text ? base.getByText(text, { exact }) : base.locator(css);
    return nth === undefined ? found : found.nth(nth);
}

async function pageFrame() {
    await page.locator(FRAME).waitFor();
    return (await page.locator(FRAME).elementHandle()).contentFrame();
}

const steps = {
    async open({ url, scheme }) {
        browser = await chromium.launch({ executablePath: browserPath, headless: true, args: OPTIONS });
        const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, colorScheme: scheme ?? "light",
            reducedMotion: "reduce", locale: "en-GB" });
        context.setDefaultTimeout(TIMEOUT);
        page = await context.newPage();
        page.on("pageerror", error => trouble.push(`error: ${error}`));
        page.on("console", message => message.type() === "error" && /smtp-restrictions/.test(message.location().url) &&
            trouble.push(`console: ${message.text()}`));
        page.on("request", request => new URL(request.url()).host === new URL(url).host ||
            !/^(https?|wss?):/.test(request.url()) || trouble.push(`fetched: ${request.url()}`));
        await page.goto(url);
        return browser.version();
    },

    async login({ user, password }) {
        await page.fill("#login-user-input", user);
        await page.fill("#login-password-input", password);
        await page.click("#login-button");
        await page.locator("#host-apps, #nav-system").first().waitFor();
    },

    // What somebody does who clicks on "Limited access". Cockpit may have it already.
    async administrate({ password }) {
        const limited = page.locator("button:has-text('Limited access')").first();
        const full = page.locator("button:has-text('Administrative access')").first();
        await limited.or(full).first().waitFor();
        if (await full.isVisible())
            return;
        await limited.click();
        const field = page.locator("input[type=password]").first();
        await field.or(full).first().waitFor();
        if (await field.isVisible()) {
            await field.fill(password);
            await page.keyboard.press("Enter");
        }
        await full.waitFor();
    },

    async go({ url }) {
        await page.goto(url);
        await page.locator(FRAME).waitFor();
    },
    async click(what) { await find(what).click(); },
    async fill(what) { await find(what).fill(what.value); },
    async select(what) { await find(what).selectOption(what.value); },
    async check(what) { await find(what).setChecked(what.value); },
    async scroll(what) { await find(what).evaluate(element => element.scrollIntoView()); },
    async press({ key, count = 1 }) { for (let i = 0; i < count; i++) await page.keyboard.press(key); },
    async focus(what) { await find(what).focus(); },
    async wait(what) { await find(what).first().waitFor({ state: what.state ?? "visible" }); },
    async text(what) { return find(what).first().innerText(); },
    async value(what) { return find(what).inputValue(); },
    async count(what) { return find(what).count(); },
    async attribute(what) { return find(what).getAttribute(what.attribute); },
    async enabled(what) { return find(what).isEnabled(); },

    // Who has the focus, as a screen reader says it.
    async focused() {
        return (await pageFrame()).evaluate(() => {
            const element = document.activeElement;
            return `${element.tagName.toLowerCase()} ${element.getAttribute("aria-label") ?? element.innerText ?? ""}`.trim();
        });
    },

    async size({ width, height }) { await page.setViewportSize({ width, height }); },

    // The choice that Cockpit's shell offers, told as the shell tells it.
    async style({ style }) {
        await (await pageFrame()).evaluate(name => {
            window.localStorage.setItem("shell:style", name);
            window.dispatchEvent(new CustomEvent("cockpit-style", { detail: { style: name } }));
        }, style);
    },

    async dark() {
        return (await pageFrame()).evaluate(() => document.documentElement.classList.contains("pf-v6-theme-dark"));
    },

    // What reaches beyond the right side of its card, its dialog or the window, where one cannot see it.
    async beyond() {
        return (await pageFrame()).evaluate(() => {
            const right = element => element.getBoundingClientRect().right;
            const bound = element => right(element.closest(".pf-v6-c-modal-box, .pf-v6-c-card") ?? document.documentElement);
            return [...document.querySelectorAll("body *")].filter(element =>
                right(element) > Math.min(bound(element), window.innerWidth) + 1 && element.checkVisibility() &&
                !element.closest(".text, .chart, .pf-v6-screen-reader")).map(element => element.outerHTML.slice(0, 100));
        });
    },

    // Violations of axe's rules: [rule: places].
    async axe() {
        const inner = await pageFrame();
        if (!await inner.evaluate(() => Boolean(window.axe)))
            await inner.evaluate(AXE);
        const found = await inner.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
        return found.violations.map(one => `${one.id}: ${one.nodes.map(node => `${node.target.join(" ")} ${
            node.any.map(check => check.message).join(", ")}`).join("; ")}`);
    },

    async shot({ path }) { await page.screenshot({ path }); },
    async trouble() { return trouble.splice(0); },
};

createInterface({ input: process.stdin }).on("line", async line => {
    let answer;
    try {
        const step = JSON.parse(line);
        answer = { value: await steps[step.do](step) ?? null };
    } catch (error) {
        answer = { error: String(error.message ?? error) };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
}).on("close", async () => {
    await browser?.close();
    process.exit(0);
});
