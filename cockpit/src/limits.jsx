// SPDX-License-Identifier: GPL-2.0-or-later
//
// The mail limits: a field for each; empty is "not ours", as Exim's own configuration says then.

import { useEffect, useState } from "react";
import { service } from "./bus.js";
import { ChangeDialog } from "./change-dialog.jsx";
import { Failure } from "./failure.jsx";
import { useAction } from "./hooks.js";
import { LIMIT_FIELDS, LIMIT_GROUPS, textOf, valueOf } from "./limit-fields.js";
import { usePage } from "./page-context.js";
import {
    Button, Card, CardBody, CardFooter, CardTitle, ExpandableSection, Form, FormGroup, FormHelperText, FormSelect,
    FormSelectOption, HelperText, HelperTextItem, TextInput,
} from "./pf.js";

const YES_NO = [["", "not set"], ["true", "yes"], ["false", "no"]];

const choices = field => field.kind === "flag" ? YES_NO : [["", "not set"], ...field.words.map(word => [word, word])];

function errorOf(field, text) {
    try {
        valueOf(field, text);
        return null;
    } catch (error) {
        return error.message;
    }
}

function Field({ field, text, onChange }) {
    const error = errorOf(field, text);
    const isChoice = field.kind === "choice" || field.kind === "flag";
    return (
        <FormGroup label={field.label} fieldId={field.key}>
            {isChoice
                ? <FormSelect id={field.key} value={text} onChange={(_, value) => onChange(value)}>
                    {choices(field).map(([value, label]) => <FormSelectOption key={value} value={value} label={label} />)}
                </FormSelect>
                : <TextInput id={field.key} value={text} inputMode={field.kind === "count" ? "numeric" : "text"}
                             validated={error ? "error" : "default"} aria-describedby={`${field.key}-help`}
                             onChange={(_, value) => onChange(value)} />}
            <FormHelperText>
                <HelperText id={`${field.key}-help`}>
                    <HelperTextItem variant={error ? "error" : "default"}>{error ?? field.help}</HelperTextItem>
                </HelperText>
            </FormHelperText>
        </FormGroup>
    );
}

// {set: {key: value}, reset: [key]}: what the fields want that is not so.
function changesOf(edits, limits) {
    const touched = LIMIT_FIELDS.filter(field => field.key in edits && edits[field.key].trim() !== textOf(field, limits[field.key])
        && !errorOf(field, edits[field.key]));
    const values = touched.map(field => [field.key, valueOf(field, edits[field.key])]);
    return {
        set: Object.fromEntries(values.filter(([, value]) => value !== undefined)),
        reset: values.filter(([, value]) => value === undefined).map(([key]) => key),
    };
}

export function Limits() {
    const { status, policy, limited, refresh } = usePage();
    const [edits, setEdits] = useState({});
    const [isAsking, setIsAsking] = useState(false);
    const limits = policy?.MailLimits ?? {};
    const reset = useAction(async keys => { await service.call("ResetMailLimits", "as", keys); await refresh(); });

    useEffect(() => setEdits(before => {
        const { set, reset: unset } = changesOf(before, limits);
        return Object.fromEntries(Object.entries(before).filter(([key]) => key in set || unset.includes(key)));
    }), [policy?.Generation]);

    if (limited)
        return null;
    const changes = changesOf(edits, limits);
    const isSetting = Object.keys(changes.set).length > 0;
    const hasError = LIMIT_FIELDS.some(field => field.key in edits && errorOf(field, edits[field.key]));
    const isSet = group => group.fields.filter(field => limits[field.key] !== undefined).length;
    // What is given back has no preview: it is what Exim's configuration says.
    const save = () => isSetting ? setIsAsking(true) : reset.run(changes.reset);
    const close = async done => {
        setIsAsking(false);
        if (done === true && changes.reset.length && !status.TryDeadline)
            await reset.run(changes.reset);
        refresh();
    };

    return (
        <Card component="section" aria-label="Mail limits">
            <CardTitle component="h2">Mail limits</CardTitle>
            <CardBody className="stack">
                {status.EximLayout === "none" && <p className="quiet">There is no Exim on this host.</p>}
                <Form onSubmit={event => { event.preventDefault(); }}>
                    {LIMIT_GROUPS.map(group =>
                        <ExpandableSection key={group.title} toggleText={`${group.title} (${isSet(group)} set)`} isIndented>
                            <div className="fields">
                                {group.fields.map(field =>
                                    <Field key={field.key} field={field} text={edits[field.key] ?? textOf(field, limits[field.key])}
                                           onChange={text => setEdits(before => ({ ...before, [field.key]: text }))} />)}
                            </div>
                        </ExpandableSection>)}
                </Form>
                <Failure error={reset.error} />
            </CardBody>
            <CardFooter className="row">
                <Button isDisabled={hasError || (!isSetting && !changes.reset.length) || reset.busy} isLoading={reset.busy} onClick={save}>
                    {isSetting ? "Review limits…" : "Give back limits"}
                </Button>
                <Button variant="link" isDisabled={!Object.keys(edits).length} onClick={() => setEdits({})}>Undo</Button>
            </CardFooter>
            {isAsking && <ChangeDialog title="Change mail limits" changes={{ MailLimits: changes.set }} onClose={close} />}
        </Card>
    );
}
