// SPDX-License-Identifier: GPL-2.0-or-later
//
// What holds for one domain, mailbox or user alone: limits, login, suspension.

import { useEffect, useState } from "react";
import { meter, typed } from "./bus.js";
import { Failure } from "./failure.jsx";
import { useAction, useQuery } from "./hooks.js";
import { Notice } from "./notice.jsx";
import {
    Button, Form, FormGroup, FormSelect, FormSelectOption, Modal, ModalBody, ModalFooter, ModalHeader, Spinner, TextInput,
} from "./pf.js";
import { time } from "./words.js";

const TYPES = { HourlyRecipients: "u", DailyRecipients: "u", SmtpAuth: "s" };
const FORM = /^(domain|mailbox|user):./;

const ask = subject => async () =>
    (await meter.call("ListSubjects", "a{sv}", typed({ Subject: subject }, { Subject: "s" })))[0] ?? {};

// Empty fields are not named, so that they are as for all others.
function settingsOf({ hourly, daily, auth }) {
    const counts = { HourlyRecipients: hourly.trim(), DailyRecipients: daily.trim() };
    if (Object.values(counts).some(text => text && !/^\d{1,8}$/.test(text)))
        throw new Error("Limits are numbers from 1 to 10000000");
    return typed({
        ...Object.fromEntries(Object.entries(counts).filter(([, text]) => text).map(([key, text]) => [key, Number(text)])),
        ...(auth !== "inherit" && { SmtpAuth: auth }),
    }, TYPES);
}

export function SubjectDialog({ subject: given, onClose }) {
    const [subject, setSubject] = useState(given ?? "");
    // What is set has to be known before there are fields: its answer would overwrite what was typed meanwhile.
    const [values, setValues] = useState(given ? null : { hourly: "", daily: "", auth: "inherit" });
    const isNamed = FORM.test(subject.trim());
    const now = useQuery(given ? ask(given) : null, [given]);
    const act = useAction(async (method, signature, ...rest) => {
        await meter.call(method, signature, subject.trim(), ...rest);
        onClose();
    });
    const save = useAction(async () => {
        await meter.call("SetSubject", "sa{sv}", subject.trim(), settingsOf(values));
        onClose();
    });

    useEffect(() => {
        if (now.data)
            setValues({
                hourly: String(now.data.HourlyRecipients ?? ""), daily: String(now.data.DailyRecipients ?? ""),
                auth: now.data.SmtpAuth ?? "inherit",
            });
    }, [now.data]);

    const set = key => (_, value) => setValues(before => ({ ...before, [key]: value }));
    const suspended = now.data?.Suspended;
    const isReady = isNamed && values && !act.busy && !save.busy;
    const isUser = subject.startsWith("user:");
    return (
        <Modal isOpen variant="small" onClose={onClose} aria-labelledby="subject-title">
            <ModalHeader title={given ? `What holds for ${given.replace(":", " ")}` : "What holds for one sender"} labelId="subject-title" />
            <ModalBody className="stack" aria-label="Sender" tabIndex={0}>
                {suspended &&
                    <Notice variant="warning" title={`Suspended: its mail is ${suspended === "hold" ? "held" : "refused"}`}>
                        By {now.data.SuspendedBy}, since {time(now.data.SuspendedSince)}.
                    </Notice>}
                {!values && !now.error && <Spinner aria-label="Asking what is set" />}
                {values && <Form id="subject" onSubmit={event => {
                    event.preventDefault();
                    if (isReady)
                        save.run();
                }}>
                    {!given &&
                        <FormGroup label="Sender" fieldId="subject-name" isRequired>
                            <TextInput id="subject-name" value={subject} onChange={(_, value) => setSubject(value)}
                                       placeholder="domain:example.org" isRequired />
                        </FormGroup>}
                    <FormGroup label="Recipients per hour" fieldId="subject-hourly">
                        <TextInput id="subject-hourly" value={values.hourly} inputMode="numeric" onChange={set("hourly")} />
                    </FormGroup>
                    <FormGroup label="Recipients per day" fieldId="subject-daily">
                        <TextInput id="subject-daily" value={values.daily} inputMode="numeric" onChange={set("daily")} />
                    </FormGroup>
                    {!isUser &&
                        <FormGroup label="May log in to send" fieldId="subject-auth">
                            <FormSelect id="subject-auth" value={values.auth} onChange={set("auth")}>
                                <FormSelectOption value="inherit" label="as for all others" />
                                <FormSelectOption value="enabled" label="yes" />
                                <FormSelectOption value="disabled" label="no" />
                            </FormSelect>
                        </FormGroup>}
                </Form>}
                <Failure error={now.error ?? save.error ?? act.error} />
            </ModalBody>
            <ModalFooter className="row">
                <Button type="submit" form="subject" isDisabled={!isReady}>Save</Button>
                {suspended
                    ? <Button variant="secondary" isDisabled={!isReady} onClick={() => act.run("ResumeSubject", "s")}>Resume</Button>
                    : <>
                        <Button variant="danger" isDisabled={!isReady} onClick={() => act.run("SuspendSubject", "ss", "hold")}>
                            Suspend, hold mail
                        </Button>
                        <Button variant="danger" isDisabled={!isReady} onClick={() => act.run("SuspendSubject", "ss", "reject")}>
                            Suspend, refuse mail
                        </Button>
                    </>}
                <Button variant="link" onClick={onClose}>Close</Button>
            </ModalFooter>
        </Modal>
    );
}
