// SPDX-License-Identifier: GPL-2.0-or-later
//
// A change on trial: how long it lasts, and the two ways to end it.

import { service } from "./bus.js";
import { Failure } from "./failure.jsx";
import { useAction, useClock } from "./hooks.js";
import { Notice } from "./notice.jsx";
import { usePage } from "./page-context.js";
import { Button } from "./pf.js";
import { duration, time } from "./words.js";

export function Trial() {
    const { status, limited, refresh } = usePage();
    const deadline = status.TryDeadline;
    const now = useClock(deadline > 0);
    const end = useAction(async method => { await service.call(method, "s", status.Try.Id); await refresh(); });
    if (!deadline)
        return null;

    const trial = status.Try;
    const left = duration((deadline / 1000 - now) / 1000);
    const actions = !limited && trial?.Id &&
        <span className="row hint">
            <Button size="sm" isDisabled={end.busy} onClick={() => end.run("Confirm")}>Confirm</Button>
            <Button size="sm" variant="secondary" isDisabled={end.busy} onClick={() => end.run("Cancel")}>Cancel</Button>
        </span>;
    return (
        <section aria-label="Trial" className="stack">
            <Notice variant="warning" title="A change is on trial">
                <p>
                    {trial?.User && `By ${trial.User}: ${Object.keys(trial.Changes ?? {}).join(", ")}. `}
                    Unless it is confirmed it is taken back at {time(deadline)}, in <span role="timer">{left}</span>.
                </p>
                {actions}
            </Notice>
            <Failure error={end.error} />
        </section>
    );
}
