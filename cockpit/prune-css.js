// SPDX-License-Identifier: GPL-2.0-or-later
//
// Take out of a style sheet what the page's script never names: rules about other classes, and custom properties that
// nothing refers to. PatternFly's is written for every page there could be; of it a tenth is left.
//
// It works on what esbuild has written, which is valid and has no comments.

// The end of a piece that begins at `from` and ends before one of `stops`, outside of strings and parentheses.
function endOf(css, from, stops) {
    let depth = 0;
    for (let at = from; at < css.length; at++) {
        const byte = css[at];
        if (byte === "\\")
            at++;
        else if (byte === '"' || byte === "'")
            at = css.indexOf(byte, at + 1);
        else if (byte === "(" || byte === "[")
            depth++;
        else if (byte === ")" || byte === "]")
            depth--;
        else if (depth === 0 && stops.includes(byte))
            return at;
    }
    return css.length;
}

// A list of texts (declarations, statements) and of {head, body}.
function parse(css, from = 0) {
    const list = [];
    let at = from;
    while (at < css.length && css[at] !== "}") {
        const end = endOf(css, at, "{;}");
        const text = css.slice(at, end).trim();
        if (css[end] === "{") {
            const [body, next] = parse(css, end + 1);
            list.push({ head: text, body });
            at = next + 1;
        } else {
            if (text)
                list.push(text);
            at = css[end] === ";" ? end + 1 : end;
        }
    }
    return [list, at];
}

function write(list) {
    return list.map((one, index) => typeof one !== "string" ? `${one.head}{${write(one.body)}}`
        : index === list.length - 1 ? one : `${one};`).join("");
}

function split(text) {
    const parts = [];
    for (let at = 0; at <= text.length;) {
        const end = endOf(text, at, ",");
        parts.push(text.slice(at, end));
        at = end + 1;
    }
    return parts;
}

// A part's class, as "BLOCK__PART", may be put together of both.
function isNamed(name, named) {
    const at = name.indexOf("__");
    return named.has(name) || (at > 0 && named.has(name.slice(0, at)) && named.has(name.slice(at)));
}

// Whether something that the script makes can match: all classes of it are named; of :is() and :where() one alternative.
function canMatch(selector, named) {
    let outside = "";
    for (let at = 0; at < selector.length; at++) {
        if (selector[at] !== "(") {
            outside += selector[at];
            continue;
        }
        const end = closing(selector, at);
        const inside = selector.slice(at + 1, end);
        if (/^:where\(\.pf-v6-m-dir-rtl/.test(selector))
            return false;  // the page's language is written from left to right
        if (/:(is|where)$/.test(outside) && !split(inside).some(part => canMatch(part, named)))
            return false;
        at = end;
    }
    return [...outside.matchAll(/\.(-?[A-Za-z_][\w-]*)/g)].every(match => isNamed(match[1], named));
}

function closing(text, open) {
    let depth = 0;
    for (let at = open; at < text.length; at++) {
        depth += text[at] === "(" ? 1 : text[at] === ")" ? -1 : 0;
        if (depth === 0)
            return at;
    }
    return text.length;
}

function withoutRules(list, named) {
    return list.flatMap(one => {
        if (typeof one === "string")
            return [one];
        if (/^@font-face/.test(one.head))
            return [];
        if (/^@(keyframes|property)/.test(one.head))
            return [one];
        if (/^@/.test(one.head)) {
            const body = withoutRules(one.body, named);
            return body.length ? [{ head: one.head, body }] : [];
        }
        const selectors = split(one.head).filter(selector => canMatch(selector, named));
        return selectors.length ? [{ head: selectors.join(","), body: withoutRules(one.body, named) }] : [];
    });
}

function references(list, into) {
    for (const one of list) {
        if (typeof one !== "string")
            references(one.body, into);
        else
            for (const match of one.matchAll(/var\((--[\w-]+)/g))
                into.add(match[1]);
    }
    return into;
}

const isUnused = (text, used) => /^--pf-/.test(text) && !used.has(text.slice(0, text.indexOf(":")));

function withoutProperties(list, used) {
    return list.flatMap(one => {
        if (typeof one === "string")
            return isUnused(one, used) ? [] : [one];
        if (/^@property/.test(one.head))
            return used.has(one.head.slice("@property ".length)) ? [one] : [];
        const body = withoutProperties(one.body, used);
        return body.length ? [{ head: one.head, body }] : [];
    });
}

// PatternFly's names of properties are most of what is left: each gets a short one. Those that the script knows, or could
// put together from a beginning that it knows, keep theirs.
function withShortNames(css, script) {
    const known = [...new Set(script.match(/--pf-[\w-]+/g))];
    const short = new Map();
    return css.replace(/--pf-[\w-]+/g, name => {
        if (known.some(beginning => name.startsWith(beginning)))
            return name;
        if (!short.has(name))
            short.set(name, `--${short.size.toString(36)}`);
        return short.get(name);
    });
}

export function pruneCss(css, script) {
    const named = new Set(script.match(/-?[A-Za-z_][\w-]*/g));
    let rules = withoutRules(parse(css)[0], named);
    for (let before = -1, length = write(rules).length; length !== before; length = write(rules).length) {
        before = length;
        const used = references(rules, new Set(script.match(/--pf-[\w-]+/g)));
        rules = withoutProperties(rules, used);
    }
    return withShortNames(write(rules), script);
}
