// SPDX-License-Identifier: GPL-2.0-or-later
//
// Attempts by minute and verdict, as far as signals have told since the page was opened; for an hour.

export const MINUTES = 60;
export const KINDS = ["reject", "redirect", "observe"];

const minuteOf = msec => Math.floor(msec / 60000);

// A log is {minute: {verdict: count}}; a new one each time, so that React sees that it is another.
export function added(log, msec, verdict, count) {
    const minute = minuteOf(msec);
    const entry = { ...log[minute], [verdict]: (log[minute]?.[verdict] ?? 0) + count };
    const kept = Object.entries(log).filter(([one]) => Number(one) > minute - MINUTES);
    return { ...Object.fromEntries(kept), [minute]: entry };
}

// The last hour, the oldest minute first.
export function lastHour(log, msec) {
    const now = minuteOf(msec);
    return Array.from({ length: MINUTES }, (_, index) => log[now - MINUTES + 1 + index] ?? {});
}

export function sums(minutes) {
    return Object.fromEntries(KINDS.map(kind => [kind, minutes.reduce((sum, minute) => sum + (minute[kind] ?? 0), 0)]));
}
