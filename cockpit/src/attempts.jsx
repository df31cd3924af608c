// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who is being blocked: how often, where to, since when; live.

import { useEffect, useState } from "react";
import { added } from "./attempt-log.js";
import { onAttempt, service, typed } from "./bus.js";
import { Chart } from "./chart.jsx";
import { ExceptionDialog } from "./exception-dialog.jsx";
import { Failure } from "./failure.jsx";
import { useAction, useClock, useQuery } from "./hooks.js";
import { usePage } from "./page-context.js";
import { Button, Card, CardBody, CardFooter, CardTitle } from "./pf.js";
import { Table } from "./table.jsx";
import { number, SHORT_VERDICTS, time } from "./words.js";

const MOST = 50;
const DESTINATIONS = 3;

// It lives as long as the page, whichever tab is shown.
let kept = {};
const listeners = new Set();
onAttempt(([, , , , verdict, count]) => {
    kept = added(kept, Date.now(), verdict, count);
    listeners.forEach(listener => listener());
});

// Called with each attempt that is told; returns what ends it.
function onLog(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

function useLog() {
    const [log, setLog] = useState(kept);
    useEffect(() => onLog(() => setLog(kept)), []);
    return log;
}

const whoOf = entry => entry.Interface ? `forwarded from ${entry.Interface}` : entry.User || `uid ${entry.Uid}`;

function destinations(entry) {
    if (entry.Interface)
        return SHORT_VERDICTS[entry.Verdict];
    const first = entry.Destinations.slice(0, DESTINATIONS)
        .map(one => `${one.Address} port ${one.Port} ${SHORT_VERDICTS[one.Verdict]}`);
    const more = entry.DestinationCount - first.length;
    return [...first, ...(more > 0 ? [`and ${number(more)} more`] : [])].map(text => <div key={text}>{text}</div>);
}

export function Attempts() {
    const { limited } = usePage();
    const log = useLog();
    const now = useClock(true);
    const [granted, setGranted] = useState(null);
    const list = useQuery(limited ? null : () => service.call("ListAttempts", "a{sv}", typed({ Most: MOST }, { Most: "u" })),
        [limited], onLog);
    const reset = useAction(async () => { await service.call("ResetAttempts", "a{sv}", {}); await list.refresh(); });
    const rows = list.data ?? [];

    return (
        <Card component="section" aria-label="Who is blocked">
            <CardTitle component="h2">Who is blocked</CardTitle>
            <CardBody className="stack">
                {limited ? <p className="quiet">Administrative access shows who.</p>
                    : <>
                        <Chart log={log} now={now} />
                        <Failure error={list.error ?? reset.error} />
                        <Table caption="Who is blocked" empty="Nobody has tried." rows={rows} rowKey={entry => `${whoOf(entry)} ${entry.Verdict}`}
                               columns={[
                                   ["User", whoOf],
                                   ["Attempts", entry => number(entry.Count)],
                                   ["To", destinations],
                                   ["Last", entry => time(entry.Last)],
                                   ["Action", entry => entry.User &&
                                       <Button variant="secondary" size="sm" aria-label={`Allow ${entry.User}…`}
                                               onClick={() => setGranted(`user:${entry.User}`)}>Allow…</Button>,
                                   { hidden: true }],
                               ]} />
                    </>}
            </CardBody>
            {rows.length > 0 &&
                <CardFooter>
                    <Button variant="secondary" isDisabled={reset.busy} onClick={() => reset.run()}>Forget all attempts</Button>
                </CardFooter>}
            {granted && <ExceptionDialog subject={granted} onClose={() => setGranted(null)} />}
        </Card>
    );
}
