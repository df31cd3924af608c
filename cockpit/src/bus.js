// SPDX-License-Identifier: GPL-2.0-or-later
//
// The service and the mail meter on the system bus: calls, signals, values. Nothing else of the page talks to them.

const cockpit = window.cockpit;
const NAME = "org.example.SmtpRestrictions";

// Authorisation and a change together, at the longest.
const TIMEOUT_MSEC = 150 * 1000;

// What Cockpit hands over as {t, v} becomes its value; dictionaries and lists are gone through.
export function plain(value) {
    if (Array.isArray(value))
        return value.map(plain);
    if (value === null || typeof value !== "object")
        return value;
    if (typeof value.t === "string" && "v" in value)
        return plain(value.v);
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

// typed({Observe: true}, {Observe: "b"}): a dictionary of variants. A key without a type is our own mistake.
export function typed(values, types) {
    return Object.fromEntries(Object.entries(values).map(([key, value]) => {
        if (!types[key])
            throw new Error(`${key}: no type`);
        return [key, cockpit.variant(types[key], value)];
    }));
}

class Peer {
    constructor(name, path) {
        this.name = name;
        this.path = path;
        this.opened = null;
    }

    // Only when it is needed: it starts the program that owns the name.
    get client() {
        this.opened ??= cockpit.dbus(this.name, { bus: "system", superuser: "try" });
        return this.opened;
    }

    // The method's only value, if it has one. What fails has .name, without our prefix, and .message.
    async call(method, signature = "", ...values) {
        try {
            const reply = await this.client.call(this.path, this.name, method, values,
                { type: signature, timeout: TIMEOUT_MSEC });
            return plain(reply)[0];
        } catch (error) {
            throw Object.assign(new Error(error.message ?? String(error)),
                { name: (error.name ?? error.problem ?? "").replace(`${NAME}.Error.`, "") });
        }
    }

    // Returns what ends it.
    subscribe(match, callback) {
        const subscription = this.client.subscribe({ path: this.path, ...match },
            (path, interfaceName, signal, values) => callback(signal, plain(values)));
        return () => subscription.remove();
    }

    // Properties have changed, or another process owns the name.
    onChange(callback) {
        const end = this.subscribe({ interface: "org.freedesktop.DBus.Properties", member: "PropertiesChanged" }, callback);
        this.client.addEventListener("owner", callback);
        return () => {
            end();
            this.client.removeEventListener("owner", callback);
        };
    }

    onSignal(interfaceName, callback) {
        return this.subscribe({ interface: interfaceName }, callback);
    }
}

export const service = new Peer(NAME, "/org/example/SmtpRestrictions");
export const meter = new Peer(`${NAME}.Meter`, "/org/example/SmtpRestrictions/Meter");

export const onAttempt = callback => service.onSignal(`${NAME}.Attempts`, (signal, values) => callback(values));
export const onMeterSignal = callback => meter.onSignal(`${NAME}.Meter`, callback);

// Administrative access was turned on or off: everything looks different then.
export function onAccessChange(callback) {
    const bridge = cockpit.dbus(null, { bus: "internal" });
    let before = null;
    const access = bridge.proxy("cockpit.Superuser", "/superuser");
    access.addEventListener("changed", () => {
        if (before !== null && before !== access.Current)
            callback();
        before = access.Current;
    });
}
