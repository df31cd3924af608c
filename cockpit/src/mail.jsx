// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is about mail. The meter is asked only where it is wanted: a call would start it.

import { Held } from "./held.jsx";
import { Limits } from "./limits.jsx";
import { Notice } from "./notice.jsx";
import { usePage } from "./page-context.js";
import { Subjects } from "./subjects.jsx";
import { Usage } from "./usage.jsx";

function Meter() {
    const { status } = usePage();
    if (status.Meter === "off")
        return <Notice variant="info" title="Nothing is counted">
            Set a limit per hour or day, and usage and held mail are shown here.
        </Notice>;
    return <><Usage /><Held /><Subjects /></>;
}

export function Mail() {
    const { limited } = usePage();
    return limited ? <Notice variant="info" title="Limits and usage need administrative access" /> : <><Limits /><Meter /></>;
}
