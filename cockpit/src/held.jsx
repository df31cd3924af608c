// SPDX-License-Identifier: GPL-2.0-or-later
//
// Mail that waits for room, to be sent all the same or to be removed.

import { useState } from "react";
import { meter, onMeterSignal, typed } from "./bus.js";
import { Failure } from "./failure.jsx";
import { every, useAction, useQuery } from "./hooks.js";
import { Button, Card, CardBody, CardTitle, Modal, ModalBody, ModalFooter, ModalHeader } from "./pf.js";
import { Table } from "./table.jsx";
import { number, time } from "./words.js";

const MOST = 100;

const one = id => typed({ Ids: [id] }, { Ids: "as" });

function DiscardDialog({ message, onClose, discard }) {
    return (
        <Modal isOpen variant="small" onClose={onClose} aria-labelledby="discard-title">
            <ModalHeader title="Discard this message?" labelId="discard-title" />
            <ModalBody>
                Message {message.Id} to {number(message.Recipients)} recipients is removed from the queue. Nobody is told, and it
                cannot be brought back.
                <Failure error={discard.error} />
            </ModalBody>
            <ModalFooter>
                <Button variant="danger" isDisabled={discard.busy} isLoading={discard.busy}
                        onClick={async () => await discard.run(message.Id) && onClose()}>Discard</Button>
                <Button variant="link" onClick={onClose}>Keep it</Button>
            </ModalFooter>
        </Modal>
    );
}

export function Held() {
    const [asked, setAsked] = useState(null);
    const list = useQuery(() => meter.call("ListHeld", "a{sv}", typed({ Most: MOST }, { Most: "u" })), [], every(10, onMeterSignal));
    const release = useAction(async id => { await meter.call("ReleaseHeld", "a{sv}", one(id)); await list.refresh(); });
    const discard = useAction(async id => { await meter.call("DiscardHeld", "a{sv}", one(id)); await list.refresh(); });

    return (
        <Card component="section" aria-label="Held mail">
            <CardTitle component="h2">Held mail</CardTitle>
            <CardBody className="stack">
                <Failure error={list.error ?? release.error} />
                <Table caption="Held mail" rows={list.data ?? []} rowKey={message => message.Id} empty="None."
                       columns={[
                           ["Message", message => message.Id],
                           ["Since", message => time(message.Since)],
                           ["Recipients", message => number(message.Recipients)],
                           ["Waits for", message => message.Subjects.map(subject => <div key={subject}>{subject.replace(":", " ")}</div>)],
                           ["From user", message => message.User ?? ""],
                           ["Action", message =>
                               <span className="row">
                                   <Button variant="secondary" size="sm" aria-label={`Release ${message.Id}`} isDisabled={release.busy}
                                           onClick={() => release.run(message.Id)}>Release</Button>
                                   <Button variant="danger" size="sm" aria-label={`Discard ${message.Id}…`}
                                           onClick={() => setAsked(message)}>Discard…</Button>
                               </span>,
                           { hidden: true }],
                       ]} />
            </CardBody>
            {asked && <DiscardDialog message={asked} discard={discard} onClose={() => { setAsked(null); discard.forget(); }} />}
        </Card>
    );
}
