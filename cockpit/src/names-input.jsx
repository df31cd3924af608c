// SPDX-License-Identifier: GPL-2.0-or-later
//
// A list of names: those that are there, each to be taken out, and a field that completes what is typed.

import { useState } from "react";
import { Button, FormGroup, Label, TextInput } from "./pf.js";

export function NamesInput({ id, label, word, names, known, onChange, isDisabled }) {
    const [text, setText] = useState("");
    const add = () => {
        const wanted = text.trim().split(/[\s,]+/).filter(name => name && !names.includes(name));
        if (wanted.length)
            onChange([...names, ...wanted]);
        setText("");
    };
    const onKeyDown = event => {
        if (event.key === "Enter") {
            event.preventDefault();
            add();
        }
    };
    return (
        <FormGroup label={label} fieldId={id}>
            {names.length > 0 &&
                <ul className="chips" aria-label={label}>
                    {names.map(name =>
                        <li key={name}>
                            <Label closeBtnAriaLabel={`Remove ${word} ${name}`}
                                   onClose={isDisabled ? undefined : () => onChange(names.filter(one => one !== name))}>{name}</Label>
                        </li>)}
                </ul>}
            {!isDisabled &&
                <div className="row hint">
                    <div className="grow">
                        <TextInput id={id} list={`${id}-known`} value={text} onChange={(_, value) => setText(value)}
                                   onKeyDown={onKeyDown} autoComplete="off" />
                    </div>
                    <datalist id={`${id}-known`}>
                        {known.filter(name => !names.includes(name)).map(name => <option key={name} value={name} />)}
                    </datalist>
                    <Button variant="secondary" isDisabled={!text.trim()} onClick={add}>{`Add ${word}`}</Button>
                </div>}
        </FormGroup>
    );
}
