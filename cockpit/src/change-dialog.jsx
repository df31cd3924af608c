// SPDX-License-Identifier: GPL-2.0-or-later
//
// Before a change: what it would do. Then to make it, for good or on trial, or to leave it.

import { useState } from "react";
import { Failure } from "./failure.jsx";
import { useAction, useQuery } from "./hooks.js";
import { Notice } from "./notice.jsx";
import {
    Button, ExpandableSection, FormSelect, FormSelectOption, Modal, ModalBody, ModalFooter, ModalHeader, Spinner,
} from "./pf.js";
import { apply, preview, tryChange } from "./policy-types.js";
import { Table } from "./table.jsx";
import { plural } from "./words.js";

const TRIALS = [[60, "for a minute"], [600, "for 10 minutes"], [1800, "for 30 minutes"], [86400, "for a day"]];

function Effects({ effects }) {
    const files = effects.Files ?? [];
    return (
        <>
            {effects.Problems.map(problem =>
                <Notice key={problem.Id} title={problem.Text}
                       variant={problem.Severity === "error" ? "danger" : problem.Severity === "warning" ? "warning" : "info"}>
                    {problem.Hint}
                </Notice>)}
            <p>
                {effects.AffectedCount
                    ? `${plural(effects.AffectedCount, "open connection")} would be cut:`
                    : "No open connection would be cut."}
            </p>
            {effects.AffectedCount > 0 &&
                <Table caption="Connections that would be cut" rows={effects.Affected}
                       rowKey={one => `${one.Uid} ${one.Address} ${one.Port} ${effects.Affected.indexOf(one)}`}
                       columns={[["User", one => one.User || one.Uid], ["To", one => one.Address], ["Port", one => one.Port]]} />}
            {files.length > 0 &&
                <ExpandableSection toggleText={`Files that change (${files.length})`}>
                    {files.map(([path, diff]) =>
                        <pre className="text" key={path} tabIndex={0} role="region" aria-label={path}>{diff}</pre>)}
                </ExpandableSection>}
            {effects.Ruleset &&
                <ExpandableSection toggleText="Rules for the kernel">
                    <pre className="text" tabIndex={0} role="region" aria-label="Rules for the kernel">{effects.Ruleset}</pre>
                </ExpandableSection>}
        </>
    );
}

export function ChangeDialog({ title, changes, isDanger, onClose, make = apply, children }) {
    const effects = useQuery(() => preview(changes));
    const [seconds, setSeconds] = useState(1800);
    const now = useAction(async () => { await make(changes); onClose(true); });
    const trial = useAction(async () => { await tryChange(changes, seconds); onClose(true); });
    const busy = now.busy || trial.busy;
    const isRefused = Boolean(effects.error);  // it would be again

    return (
        <Modal isOpen variant="medium" onClose={() => busy || onClose(false)} aria-labelledby="change-title">
            <ModalHeader title={title} labelId="change-title" />
            <ModalBody className="stack" aria-label={title} tabIndex={0}>
                {children}
                <Failure error={effects.error} />
                {effects.data ? <Effects effects={effects.data} /> : !effects.error && <Spinner aria-label="Looking what it would do" />}
                <Failure error={now.error ?? trial.error} />
            </ModalBody>
            <ModalFooter className="row">
                <Button variant={isDanger ? "danger" : "primary"} isDisabled={busy || isRefused} isLoading={now.busy} onClick={() => now.run()}>
                    Apply
                </Button>
                <Button variant="secondary" isDisabled={busy || isRefused} isLoading={trial.busy} onClick={() => trial.run()}>Try</Button>
                <div>
                    <FormSelect value={seconds} onChange={(_, value) => setSeconds(Number(value))} aria-label="How long to try"
                                isDisabled={busy}>
                        {TRIALS.map(([value, label]) => <FormSelectOption key={value} value={value} label={label} />)}
                    </FormSelect>
                </div>
                <Button variant="link" isDisabled={busy} onClick={() => onClose(false)}>Leave it</Button>
            </ModalFooter>
        </Modal>
    );
}
