// SPDX-License-Identifier: GPL-2.0-or-later
//
// One exception more: who, where to, for how long, and why.

import { useState } from "react";
import { service, typed } from "./bus.js";
import { Failure } from "./failure.jsx";
import { useAction, useQuery } from "./hooks.js";
import { groupNames, userNames } from "./names.js";
import {
    Button, Form, FormGroup, FormHelperText, FormSelect, FormSelectOption, HelperText, HelperTextItem, Modal, ModalBody,
    ModalFooter, ModalHeader, TextInput,
} from "./pf.js";
import { VERDICTS } from "./words.js";

const TYPES = { Subject: "s", Destination: "s", Ports: "aq", Verdict: "s", ExpiresIn: "u", Reason: "s" };
const TIMES = [[3600, "an hour"], [86400, "a day"], [604800, "a week"], [2592000, "30 days"], [0, "ever"]];

function Help({ children }) {
    return <FormHelperText><HelperText><HelperTextItem>{children}</HelperTextItem></HelperText></FormHelperText>;
}

// Empty fields are not named: the contract has a meaning for that.
function exceptionOf({ kind, name, destination, ports, verdict, seconds, reason }) {
    const list = ports.split(/[\s,]+/).filter(Boolean).map(Number);
    if (list.some(port => !Number.isInteger(port) || port < 1 || port > 65535))
        throw new Error("Ports: numbers from 1 to 65535, separated by spaces");
    return typed({
        Subject: `${kind}:${name.trim()}`,
        ...(destination.trim() && { Destination: destination.trim() }),
        ...(list.length && { Ports: list }),
        Verdict: verdict,
        ...(seconds && { ExpiresIn: seconds }),
        Reason: reason.trim(),
    }, TYPES);
}

export function ExceptionDialog({ subject = "user:", onClose }) {
    const at = subject.indexOf(":");
    const [values, setValues] = useState({
        kind: subject.slice(0, at), name: subject.slice(at + 1), destination: "", ports: "", verdict: "allow", seconds: 2592000, reason: "",
    });
    const known = useQuery(values.kind === "user" ? userNames : values.kind === "group" ? groupNames : null, [values.kind]);
    const grant = useAction(async () => {
        await service.call("AddException", "a{sv}", exceptionOf(values));
        onClose();
    });
    const set = key => (_, value) => setValues(before => ({ ...before, [key]: value }));
    const isReady = values.name.trim() && values.reason.trim() && !grant.busy;

    return (
        <Modal isOpen variant="small" onClose={onClose} aria-labelledby="exception-title">
            <ModalHeader title="Grant an exception" labelId="exception-title" />
            <ModalBody className="stack" aria-label="Exception" tabIndex={0}>
                <Form id="exception" onSubmit={event => { event.preventDefault(); if (isReady) grant.run(); }}>
                    <FormGroup label="For a" fieldId="exception-kind">
                        <FormSelect id="exception-kind" value={values.kind} onChange={set("kind")}>
                            <FormSelectOption value="user" label="user" />
                            <FormSelectOption value="group" label="group" />
                            <FormSelectOption value="interface" label="network interface (forwarded)" />
                        </FormSelect>
                    </FormGroup>
                    <FormGroup label="Name" fieldId="exception-name" isRequired>
                        <TextInput id="exception-name" value={values.name} onChange={set("name")} list="exception-known"
                                   autoComplete="off" isRequired />
                        <datalist id="exception-known">
                            {(known.data ?? []).map(name => <option key={name} value={name} />)}
                        </datalist>
                    </FormGroup>
                    <FormGroup label="Connections are" fieldId="exception-verdict">
                        <FormSelect id="exception-verdict" value={values.verdict} onChange={set("verdict")}>
                            {Object.entries(VERDICTS).map(([word, label]) => <FormSelectOption key={word} value={word} label={label} />)}
                        </FormSelect>
                    </FormGroup>
                    <FormGroup label="Destination" fieldId="exception-destination">
                        <TextInput id="exception-destination" value={values.destination} onChange={set("destination")} />
                        <Help>An address or network; empty: any</Help>
                    </FormGroup>
                    <FormGroup label="Ports" fieldId="exception-ports">
                        <TextInput id="exception-ports" value={values.ports} onChange={set("ports")} />
                        <Help>Such as 587; empty: all that are restricted</Help>
                    </FormGroup>
                    <FormGroup label="For" fieldId="exception-time">
                        <FormSelect id="exception-time" value={values.seconds} onChange={(_, value) => set("seconds")(_, Number(value))}>
                            {TIMES.map(([seconds, label]) => <FormSelectOption key={seconds} value={seconds} label={label} />)}
                        </FormSelect>
                    </FormGroup>
                    <FormGroup label="Reason" fieldId="exception-reason" isRequired>
                        <TextInput id="exception-reason" value={values.reason} onChange={set("reason")} maxLength={200} isRequired />
                    </FormGroup>
                </Form>
                <Failure error={grant.error} />
            </ModalBody>
            <ModalFooter>
                <Button type="submit" form="exception" isDisabled={!isReady} isLoading={grant.busy}>Grant</Button>
                <Button variant="link" isDisabled={grant.busy} onClick={onClose}>Close</Button>
            </ModalFooter>
        </Modal>
    );
}
