// SPDX-License-Identifier: GPL-2.0-or-later
//
// What senders have used of their limits, the busiest first.

import { useState } from "react";
import { meter, onMeterSignal, typed } from "./bus.js";
import { Failure } from "./failure.jsx";
import { every, useAction, useQuery } from "./hooks.js";
import { usePage } from "./page-context.js";
import { Button, Card, CardBody, CardTitle, FormGroup, FormSelect, FormSelectOption, Progress } from "./pf.js";
import { SubjectDialog } from "./subject-dialog.jsx";
import { Table } from "./table.jsx";
import { number, time } from "./words.js";

const MOST = 50;
const KINDS = [["", "everybody"], ["domain", "domains"], ["mailbox", "mailboxes"], ["user", "users"]];

// One window of a subject: a bar where there is a limit, else the number alone.
function Used({ usage, window: name, title }) {
    const used = usage[`${name}Used`] ?? 0;
    const limit = usage[`${name}Limit`];
    if (limit === undefined)
        return number(used);
    const until = usage[`${name}Until`];
    return (
        <Progress value={Math.min(100, used / limit * 100)} label={`${number(used)} of ${number(limit)}`} size="sm"
                  variant={used >= limit ? "danger" : undefined} aria-label={`${usage.Subject}, ${title}`}
                  valueText={`${used} of ${limit}`} helperText={until ? `room again at ${time(until)}` : undefined} />
    );
}

function failed(usage) {
    if (!usage.HourlyTried)
        return "";
    return `${number(usage.HourlyFailed)} of ${number(usage.HourlyTried)}${usage.FailShareReached ? ": too many" : ""}`;
}

export function Usage() {
    const { status } = usePage();
    const [kind, setKind] = useState("");
    const [subject, setSubject] = useState(null);
    const filter = { Most: MOST, ...(kind && { Kind: kind }) };
    const list = useQuery(() => meter.call("ListUsage", "a{sv}", typed(filter, { Most: "u", Kind: "s" })), [kind, status.Generation],
        every(10, onMeterSignal));
    const reset = useAction(async name => { await meter.call("ResetUsage", "s", name); await list.refresh(); });

    return (
        <Card component="section" aria-label="Usage">
            <CardTitle component="h2">Usage</CardTitle>
            <CardBody className="stack">
                <FormGroup label="Of" fieldId="usage-kind">
                    <FormSelect id="usage-kind" value={kind} onChange={(_, value) => setKind(value)}>
                        {KINDS.map(([value, label]) => <FormSelectOption key={value} value={value} label={label} />)}
                    </FormSelect>
                </FormGroup>
                <Failure error={list.error ?? reset.error} />
                <Table caption="Usage" rows={list.data ?? []} rowKey={usage => usage.Subject} empty="Nobody has sent anything."
                       columns={[
                           ["Sender", usage => usage.Subject.replace(":", " ")],
                           ["This hour", usage => <Used usage={usage} window="Hourly" title="this hour" />],
                           ["This day", usage => <Used usage={usage} window="Daily" title="this day" />],
                           ["Held", usage => number(usage.Held ?? 0)],
                           ["Failed", failed],
                           ["Action", usage =>
                               <span className="row">
                                   <Button variant="secondary" size="sm" aria-label={`Change ${usage.Subject}…`}
                                           onClick={() => setSubject(usage.Subject)}>Change…</Button>
                                   <Button variant="secondary" size="sm" aria-label={`Forget what ${usage.Subject} has sent`}
                                           isDisabled={reset.busy} onClick={() => reset.run(usage.Subject)}>Forget</Button>
                               </span>,
                           { hidden: true }],
                       ]} />
            </CardBody>
            {subject && <SubjectDialog subject={subject} onClose={() => { setSubject(null); list.refresh(); }} />}
        </Card>
    );
}
