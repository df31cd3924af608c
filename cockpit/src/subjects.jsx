// SPDX-License-Identifier: GPL-2.0-or-later
//
// Senders for which something of their own is set, or that are suspended.

import { useState } from "react";
import { meter, onMeterSignal, typed } from "./bus.js";
import { Failure } from "./failure.jsx";
import { every, useAction, useQuery } from "./hooks.js";
import { Button, Card, CardBody, CardFooter, CardTitle, Label } from "./pf.js";
import { SubjectDialog } from "./subject-dialog.jsx";
import { Table } from "./table.jsx";
import { number } from "./words.js";

const MOST = 200;

const limit = key => subject => subject[key] === undefined ? "" : number(subject[key]);

export function Subjects() {
    const [edited, setEdited] = useState(null);
    const list = useQuery(() => meter.call("ListSubjects", "a{sv}", typed({ Most: MOST }, { Most: "u" })), [], every(10, onMeterSignal));
    const resume = useAction(async name => { await meter.call("ResumeSubject", "s", name); await list.refresh(); });
    const rows = list.data ?? [];

    return (
        <Card component="section" aria-label="Senders by name">
            <CardTitle component="h2">Senders by name</CardTitle>
            <CardBody className="stack">
                <Failure error={list.error ?? resume.error} />
                <Table caption="Senders by name" rows={rows} rowKey={subject => subject.Subject} empty="Nothing is set for anybody."
                       columns={[
                           ["Sender", subject => subject.Subject.replace(":", " ")],
                           ["Per hour", limit("HourlyRecipients")],
                           ["Per day", limit("DailyRecipients")],
                           ["Login", subject => subject.SmtpAuth ?? ""],
                           ["Suspended", subject => subject.Suspended &&
                               <Label color="red">{subject.Suspended === "hold" ? "mail is held" : "mail is refused"}</Label>],
                           ["Action", subject =>
                               <span className="row">
                                   <Button variant="secondary" size="sm" aria-label={`Edit ${subject.Subject}…`}
                                           onClick={() => setEdited(subject.Subject)}>Edit…</Button>
                                   {subject.Suspended &&
                                       <Button variant="secondary" size="sm" aria-label={`Resume ${subject.Subject}`}
                                               isDisabled={resume.busy} onClick={() => resume.run(subject.Subject)}>Resume</Button>}
                               </span>,
                           { hidden: true }],
                       ]} />
                {rows.length === MOST && <p className="quiet">The first {MOST}.</p>}
            </CardBody>
            <CardFooter>
                <Button variant="secondary" onClick={() => setEdited("")}>Set something for a sender…</Button>
            </CardFooter>
            {edited !== null && <SubjectDialog subject={edited || null} onClose={() => { setEdited(null); list.refresh(); }} />}
        </Card>
    );
}
