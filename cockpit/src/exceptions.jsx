// SPDX-License-Identifier: GPL-2.0-or-later
//
// Those for whom another rule holds: who, why, until when.

import { useState } from "react";
import { service, typed } from "./bus.js";
import { ExceptionDialog } from "./exception-dialog.jsx";
import { Failure } from "./failure.jsx";
import { useAction, useQuery } from "./hooks.js";
import { usePage } from "./page-context.js";
import { Button, Card, CardBody, CardFooter, CardTitle } from "./pf.js";
import { Table } from "./table.jsx";
import { time, VERDICTS } from "./words.js";

const MOST = 200;

const scope = one => `${one.Destination ?? "any destination"}, ${one.Ports?.length ? `port ${one.Ports.join(", ")}` : "all restricted ports"}`;

export function Exceptions() {
    const { status, limited } = usePage();
    const [isGranting, setIsGranting] = useState(false);
    const list = useQuery(limited ? null : () => service.call("ListExceptions", "a{sv}", typed({ Most: MOST }, { Most: "u" })),
        [limited, status.Generation, status.ExceptionCount]);
    const remove = useAction(async id => { await service.call("RemoveException", "s", id); await list.refresh(); });
    const rows = list.data ?? [];

    return (
        <Card component="section" aria-label="Exceptions">
            <CardTitle component="h2">Exceptions</CardTitle>
            <CardBody className="stack">
                <Failure error={list.error ?? remove.error} />
                {limited ? <p className="quiet">Administrative access shows them.</p>
                    : <Table caption="Exceptions" rows={rows} rowKey={one => one.Id} empty="None."
                             columns={[
                                 ["Who", one => one.Subject.replace(":", " ")],
                                 ["Is", one => VERDICTS[one.Verdict]],
                                 ["To", scope],
                                 ["Until", one => one.ExpiresAt ? time(one.ExpiresAt) : "for ever"],
                                 ["Reason", one => one.Reason],
                                 ["Granted by", one => one.GrantedBy],
                                 ["Action", one =>
                                     <Button variant="secondary" size="sm" isDisabled={remove.busy}
                                             aria-label={`Remove exception ${one.Id} of ${one.Subject}`}
                                             onClick={() => remove.run(one.Id)}>Remove</Button>,
                                 { hidden: true }],
                             ]} />}
                {rows.length === MOST && <p className="quiet">The first {MOST}.</p>}
            </CardBody>
            {!limited &&
                <CardFooter>
                    <Button variant="secondary" onClick={() => setIsGranting(true)}>Grant an exception…</Button>
                </CardFooter>}
            {isGranting && <ExceptionDialog onClose={() => { setIsGranting(false); list.refresh(); }} />}
        </Card>
    );
}
