// SPDX-License-Identifier: GPL-2.0-or-later
//
// The policy: what is restricted, and who is not. Edited here, seen in a preview, then made.

import { useEffect, useState } from "react";
import { ChangeDialog } from "./change-dialog.jsx";
import { useQuery } from "./hooks.js";
import { groupNames, userNames } from "./names.js";
import { NamesInput } from "./names-input.jsx";
import { usePage } from "./page-context.js";
import {
    Button, Card, CardBody, CardFooter, CardTitle, Checkbox, Form, FormGroup, FormSelect, FormSelectOption, TextInput,
} from "./pf.js";
import { PortsInput } from "./ports-input.jsx";
import { ports, VERDICTS } from "./words.js";

const EDITED = ["PortVerdicts", "Observe", "CutExisting", "AllowedUsers", "AllowedGroups", "Forwarded", "Contact"];

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// What differs from the policy in force; edits are only what the user has touched, so that a change by somebody else shows.
const changesOf = (edits, policy) =>
    Object.fromEntries(EDITED.filter(key => key in edits && !same(edits[key], policy[key])).map(key => [key, edits[key]]));

function Limited({ status }) {
    return (
        <>
            <p>{ports(status.PortVerdicts).map(([port, verdict]) => `Port ${port}: ${VERDICTS[verdict]}`).join("; ")}.</p>
            <p className="quiet">Administrative access shows who may connect.</p>
        </>
    );
}

export function Policy() {
    const { status, policy, limited, refresh } = usePage();
    const [edits, setEdits] = useState({});
    const [isAsking, setIsAsking] = useState(false);
    const users = useQuery(userNames);
    const groups = useQuery(groupNames);

    // What has come true is no edit any more.
    useEffect(() => {
        if (policy)
            setEdits(before => changesOf(before, policy));
    }, [policy?.Generation]);

    const set = key => value => setEdits(before => ({ ...before, [key]: value }));
    const value = key => key in edits ? edits[key] : policy[key];
    const changes = policy ? changesOf(edits, policy) : {};
    const isChanged = Object.keys(changes).length > 0;

    return (
        <Card component="section" aria-label="Policy">
            <CardTitle component="h2">Policy</CardTitle>
            <CardBody>
                {limited ? <Limited status={status} />
                    : <Form onSubmit={event => event.preventDefault()}>
                        <PortsInput verdicts={value("PortVerdicts")} onChange={set("PortVerdicts")} />
                        <Checkbox id="observe" label="Only observe" description="Let everything through and count it"
                                  isChecked={value("Observe")} onChange={(_, checked) => set("Observe")(checked)} />
                        <Checkbox id="cut" label="Cut open connections" description="Those that would not be allowed any more"
                                  isChecked={value("CutExisting")} onChange={(_, checked) => set("CutExisting")(checked)} />
                        <NamesInput id="users" label="Users who may connect" word="user" names={value("AllowedUsers")}
                                    known={users.data ?? []} onChange={set("AllowedUsers")} />
                        <NamesInput id="groups" label="Groups who may connect" word="group" names={value("AllowedGroups")}
                                    known={groups.data ?? []} onChange={set("AllowedGroups")} />
                        <FormGroup label="What containers and virtual machines send" fieldId="forwarded">
                            <FormSelect id="forwarded" value={value("Forwarded")} onChange={(_, one) => set("Forwarded")(one)}>
                                {["allow", "reject", "observe"].map(word => <FormSelectOption key={word} value={word} label={VERDICTS[word]} />)}
                            </FormSelect>
                        </FormGroup>
                        <FormGroup label="Contact, for those who are refused" fieldId="contact">
                            <TextInput id="contact" value={value("Contact")} maxLength={200} onChange={(_, one) => set("Contact")(one)} />
                        </FormGroup>
                    </Form>}
            </CardBody>
            {!limited &&
                <CardFooter className="row">
                    <Button isDisabled={!isChanged} onClick={() => setIsAsking(true)}>Review changes…</Button>
                    <Button variant="link" isDisabled={!isChanged} onClick={() => setEdits({})}>Undo</Button>
                </CardFooter>}
            {isAsking &&
                <ChangeDialog title="Change the policy" changes={changes} onClose={() => { setIsAsking(false); refresh(); }} />}
        </Card>
    );
}
