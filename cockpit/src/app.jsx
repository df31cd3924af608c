// SPDX-License-Identifier: GPL-2.0-or-later
//
// The page: what holds everywhere at the top, the cards by tabs.

import { useEffect, useState } from "react";
import { Allowed } from "./allowed.jsx";
import { Attempts } from "./attempts.jsx";
import { service } from "./bus.js";
import { Exceptions } from "./exceptions.jsx";
import { Failure } from "./failure.jsx";
import { useQuery } from "./hooks.js";
import { Mail } from "./mail.jsx";
import { Notice } from "./notice.jsx";
import { PageContext } from "./page-context.js";
import { Spinner, Tab, Tabs, TabTitleText } from "./pf.js";
import { Policy } from "./policy.jsx";
import { Problems } from "./problems.jsx";
import { Restriction } from "./restriction.jsx";
import { Trial } from "./trial.jsx";

const TABS = [
    ["overview", "Overview", () => <><Restriction /><Problems /><Attempts /></>],
    ["policy", "Policy", () => <><Policy /><Exceptions /><Allowed /></>],
    ["mail", "Mail", () => <Mail />],
];

// The tab is in the address, so that Cockpit's history and links know it.
function useTab() {
    const read = () => TABS.find(([name]) => name === window.cockpit.location.path[0])?.[0] ?? TABS[0][0];
    const [tab, setTab] = useState(read);
    useEffect(() => {
        const follow = () => setTab(read());
        window.cockpit.addEventListener("locationchanged", follow);
        return () => window.cockpit.removeEventListener("locationchanged", follow);
    }, []);
    return [tab, name => window.cockpit.location.go([name])];
}

async function ask() {
    const status = await service.call("Status");
    const policy = status.Complete ? await service.call("GetPolicy") : null;
    return { status, policy };
}

export function App() {
    const { data, error, refresh } = useQuery(ask, [], again => service.onChange(again));
    const [tab, go] = useTab();

    if (!data)
        return <main className="page">{error ? <Failure error={error} /> : <Spinner aria-label="Asking the service" />}</main>;

    const { status, policy } = data;
    const limited = !status.Complete;
    return (
        <PageContext.Provider value={{ status, policy, limited, refresh }}>
            <main className="page">
                <h1 className="pf-v6-screen-reader">SMTP restrictions</h1>
                {limited &&
                    <Notice variant="info" title="Limited access">
                        Who is restricted, and every change, needs administrative access. Turn it on at the top of
                        Cockpit&apos;s window.
                    </Notice>}
                <Failure error={error} />
                <Trial />
                <Tabs activeKey={tab} onSelect={(_, name) => go(name)} aria-label="Parts of the page" mountOnEnter unmountOnExit>
                    {TABS.map(([name, title, content]) =>
                        <Tab key={name} eventKey={name} title={<TabTitleText>{title}</TabTitleText>}>
                            <div className="cards">{content()}</div>
                        </Tab>)}
                </Tabs>
            </main>
        </PageContext.Provider>
    );
}
