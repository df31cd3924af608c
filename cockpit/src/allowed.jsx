// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who may connect, and why.

import { service, typed } from "./bus.js";
import { Failure } from "./failure.jsx";
import { useQuery } from "./hooks.js";
import { usePage } from "./page-context.js";
import { Card, CardBody, CardTitle } from "./pf.js";
import { Table } from "./table.jsx";

const MOST = 200;

const REASONS = {
    root: "the administrator",
    mta: "mail server",
    mailman: "Mailman",
    AllowedUsers: "listed user",
    AllowedGroups: "member of a listed group",
};

export function Allowed() {
    const { status, limited } = usePage();
    const list = useQuery(limited ? null : () => service.call("ListAllowed", "a{sv}", typed({ Most: MOST }, { Most: "u" })),
        [limited, status.Generation]);
    if (limited)
        return null;
    const rows = list.data ?? [];
    return (
        <Card component="section" aria-label="Who may connect">
            <CardTitle component="h2">Who may connect</CardTitle>
            <CardBody className="stack">
                <Failure error={list.error} />
                <Table caption="Who may connect" rows={rows} rowKey={entry => entry.Uid} empty="Nobody."
                       columns={[
                           ["User", entry => entry.User || `uid ${entry.Uid}`],
                           ["Why", entry => `${REASONS[entry.Because] ?? entry.Because}${entry.Detail ? ` (${entry.Detail})` : ""}`],
                       ]} />
                {rows.length === MOST && <p className="quiet">The first {MOST}.</p>}
            </CardBody>
        </Card>
    );
}
