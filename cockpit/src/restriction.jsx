// SPDX-License-Identifier: GPL-2.0-or-later
//
// State and health at a glance; on, off, and a look at whether all is as it should be.

import { useState } from "react";
import { service } from "./bus.js";
import { ChangeDialog } from "./change-dialog.jsx";
import { Failure } from "./failure.jsx";
import { useAction } from "./hooks.js";
import { Notice } from "./notice.jsx";
import { usePage } from "./page-context.js";
import {
    Button, Card, CardBody, CardFooter, CardTitle, DescriptionList, DescriptionListDescription, DescriptionListGroup,
    DescriptionListTerm, Label,
} from "./pf.js";
import { number, plural, ports, time, VERDICTS } from "./words.js";

function stateOf(status) {
    if (!status.Enabled)
        return ["orange", "Off", "Everybody may connect to remote mail servers."];
    if (status.Observe)
        return ["blue", "Observing", "Nothing is refused, all is counted."];
    if (status.Enforcing)
        return ["green", "On", "Only mail servers and listed users may connect to remote ones."];
    return ["red", "Not in force", "It is wanted, and is not so."];
}

const HEALTH = {
    ok: ["green", "Healthy"],
    degraded: ["orange", "Has a problem"],
    failed: ["red", "Failed"],
};

const mtaText = mta => `${mta.Name}${mta.Version ? ` ${mta.Version}` : ""} (${mta.Listens.join(", ") || "listens nowhere"})`;

// [term, text] of what is known; some of it only with administrative access.
function facts(status) {
    const all = [
        ["Ports", ports(status.PortVerdicts).map(([port, verdict]) => `${port} ${VERDICTS[verdict]}`).join("; ")],
        ["Mail server", status.Mtas && (status.Mtas.map(mtaText).join(", ") || "none found")],
        ["May connect", status.AllowedCount !== undefined && plural(status.AllowedCount, "user")],
        ["Refused", status.Rejected !== undefined && number(status.Rejected)],
        ["Redirected", status.Redirected !== undefined && number(status.Redirected)],
        ["Observed", status.Observed !== undefined && number(status.Observed)],
        ["Last change", status.LastChange?.When &&
            `${status.LastChange.Action} by ${status.LastChange.User || status.LastChange.Uid}, ${time(status.LastChange.When)}`],
        ["Version", status.Version],
    ];
    return all.filter(([, text]) => text || text === 0);
}

export function Restriction() {
    const { status, limited, refresh } = usePage();
    const [change, setChange] = useState(null);
    const [verified, setVerified] = useState(null);
    const verify = useAction(async () => setVerified(await service.call("Verify")));
    const [stateColor, stateWord, stateText] = stateOf(status);
    const [healthColor, healthText] = HEALTH[status.Health] ?? ["grey", status.Health];

    return (
        <Card component="section" aria-label="Restriction">
            <CardTitle component="h2">Restriction</CardTitle>
            <CardBody className="stack">
                <div className="row" role="status">
                    <Label color={stateColor}>{stateWord}</Label>
                    <Label color={healthColor}>{healthText}</Label>
                    <span>{stateText}</span>
                </div>
                <DescriptionList isCompact isHorizontal termWidth="8rem">
                    {facts(status).map(([term, text]) =>
                        <DescriptionListGroup key={term}>
                            <DescriptionListTerm>{term}</DescriptionListTerm>
                            <DescriptionListDescription>{text}</DescriptionListDescription>
                        </DescriptionListGroup>)}
                </DescriptionList>
                <Failure error={verify.error} />
                {verified &&
                    <Notice isLiveRegion variant={verified.length ? "warning" : "success"}
                           title={verified.length ? plural(verified.length, "difference") + " found" : "All is as it should be"}>
                        {verified.length ? verified.map(problem => <p key={problem.Id}>{problem.Text}</p>)
                            : "The kernel and Exim's files were compared with the policy."}
                    </Notice>}
            </CardBody>
            <CardFooter className="row">
                {status.Enabled
                    ? <Button variant="danger" isDisabled={limited} onClick={() => setChange({ Enabled: false })}>Turn off…</Button>
                    : <Button isDisabled={limited} onClick={() => setChange({ Enabled: true })}>Turn on…</Button>}
                <Button variant="secondary" isDisabled={limited || verify.busy} isLoading={verify.busy} onClick={verify.run}>
                    Verify
                </Button>
            </CardFooter>
            {change &&
                <ChangeDialog title={change.Enabled ? "Turn the restriction on" : "Turn the restriction off"}
                              changes={change} isDanger={!change.Enabled} onClose={() => { setChange(null); refresh(); }} />}
        </Card>
    );
}
