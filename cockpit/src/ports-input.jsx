// SPDX-License-Identifier: GPL-2.0-or-later
//
// The restricted ports, and what becomes of a connection to each.

import { useState } from "react";
import { Button, FormSelect, FormSelectOption, TextInput } from "./pf.js";
import { ports, VERDICTS } from "./words.js";

const isPort = text => /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65536;

export function PortsInput({ verdicts, onChange, isDisabled }) {
    const [text, setText] = useState("");
    const all = ports(verdicts);
    const without = port => Object.fromEntries(all.filter(([one]) => one !== port));
    return (
        <fieldset className="stack" disabled={isDisabled}>
            <legend className="pf-v6-c-form__label-text">Ports</legend>
            {all.map(([port, verdict]) =>
                <div className="row" key={port}>
                    <span className="port">{port}</span>
                    <div className="grow">
                        <FormSelect value={verdict} aria-label={`Port ${port}`} isDisabled={isDisabled}
                                    onChange={(_, value) => onChange({ ...verdicts, [port]: value })}>
                            {["redirect", "reject"].map(word => <FormSelectOption key={word} value={word} label={VERDICTS[word]} />)}
                        </FormSelect>
                    </div>
                    <Button variant="link" isDisabled={isDisabled || all.length === 1} aria-label={`Remove port ${port}`}
                            onClick={() => onChange(without(port))}>Remove</Button>
                </div>)}
            {!isDisabled &&
                <div className="row">
                    <div className="grow">
                        <TextInput aria-label="Another port" inputMode="numeric" value={text} onChange={(_, value) => setText(value)}
                                   validated={text && !isPort(text) ? "error" : "default"} />
                    </div>
                    <Button variant="secondary" isDisabled={!isPort(text)}
                            onClick={() => { onChange({ ...verdicts, [String(Number(text))]: "reject" }); setText(""); }}>
                        Add port
                    </Button>
                </div>}
        </fieldset>
    );
}
