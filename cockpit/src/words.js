// SPDX-License-Identifier: GPL-2.0-or-later
//
// Numbers, times and the contract's words, for people.

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

const counted = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

// The two largest units: "1 hour 5 minutes".
export function duration(seconds) {
    let rest = Math.max(0, Math.round(seconds));
    const parts = [];
    for (const [word, length] of UNITS) {
        if (rest >= length && parts.length < 2)
            parts.push(counted(Math.floor(rest / length), word));
        rest %= length;
    }
    return parts.join(" ") || "0 seconds";
}

export const plural = counted;

// Microseconds of the contract.
export const time = usec => usec ? new Date(usec / 1000).toLocaleString() : "";

export const number = value => Number(value).toLocaleString();

export const VERDICTS = {
    allow: "allowed",
    redirect: "redirected to the local mail server",
    reject: "refused",
    observe: "let through and counted",
};

export const SHORT_VERDICTS = { allow: "allowed", redirect: "redirected", reject: "refused", observe: "observed" };

export const ports = verdicts => Object.entries(verdicts ?? {}).sort(([a], [b]) => a - b);

// What an error means to somebody at this page.
export function explained(error) {
    if (/AccessDenied|InteractiveAuthorizationRequired|access-denied/.test(error.name))
        return { title: "This needs administrative access", text: "Turn it on at the top of Cockpit's window." };
    if (/ServiceUnknown|not-found|NoReply|Spawn|disconnected/.test(error.name))
        return { title: "The service does not answer", text: error.message };
    if (error.name === "Busy")
        return { title: "Another change is not finished", text: error.message };
    return { title: "That was not done", text: error.message };
}
