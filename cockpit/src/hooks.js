// SPDX-License-Identifier: GPL-2.0-or-later
//
// Asking and acting, as components see it.

import { useCallback, useEffect, useRef, useState } from "react";

// What `ask` answers: again when one of `keys` is another, when `subscribe` says so (at most once at a time), and by
// refresh(). The last good answer stays beside an error. Without `ask` there is no data.
export function useQuery(ask, keys = [], subscribe = null) {
    const [state, setState] = useState({ data: null, error: null });
    const latest = useRef(null);
    const run = useRef({ busy: false, again: false });
    latest.current = ask;

    const refresh = useCallback(async () => {
        if (run.current.busy) {
            run.current.again = true;
            return;
        }
        run.current.busy = true;
        do {
            run.current.again = false;
            try {
                const data = latest.current ? await latest.current() : null;
                setState({ data, error: null });
            } catch (error) {
                setState(before => ({ ...before, error }));
            }
        } while (run.current.again);
        run.current.busy = false;
    }, []);

    useEffect(() => { refresh(); }, [refresh, Boolean(ask), ...keys]);
    useEffect(() => subscribe?.(refresh), [refresh]);
    return { ...state, refresh };
}

// An action of the user's: {busy, error, run, forget}. run() returns whether it went well.
export function useAction(action) {
    const [state, setState] = useState({ busy: false, error: null });
    const run = async (...values) => {
        setState({ busy: true, error: null });
        try {
            await action(...values);
            setState({ busy: false, error: null });
            return true;
        } catch (error) {
            setState({ busy: false, error });
            return false;
        }
    };
    return { ...state, run, forget: () => setState({ busy: false, error: null }) };
}

// The time in milliseconds, again every second while `active`.
export function useClock(active) {
    const [now, setNow] = useState(Date.now());
    useEffect(() => {
        if (!active)
            return undefined;
        setNow(Date.now());
        const timer = window.setInterval(() => setNow(Date.now()), 1000);
        return () => window.clearInterval(timer);
    }, [active]);
    return now;
}

// subscribe for useQuery: what nobody tells is looked at again every some seconds, while the page is seen.
export function every(seconds, subscribe = null) {
    return refresh => {
        const timer = window.setInterval(() => document.hidden || refresh(), seconds * 1000);
        const end = subscribe?.(refresh);
        return () => {
            window.clearInterval(timer);
            end?.();
        };
    };
}
