// SPDX-License-Identifier: GPL-2.0-or-later
//
// Types of the contract's keys; org.example.SmtpRestrictions(5) has their meaning.

import { service, typed } from "./bus.js";
import { LIMIT_TYPES } from "./limit-fields.js";

const POLICY_TYPES = {
    Enabled: "b",
    PortVerdicts: "a{qs}",
    Observe: "b",
    AllowedUsers: "as",
    AllowedGroups: "as",
    CutExisting: "b",
    Forwarded: "s",
    ForwardedInterfaces: "as",
    ForwardedNetworks: "as",
    Contact: "s",
    DomainOwners: "s",
    MailLimits: "a{sv}",
};

export function typedPolicy(changes) {
    const { MailLimits, ...others } = changes;
    const values = MailLimits ? { ...others, MailLimits: typed(MailLimits, LIMIT_TYPES) } : others;
    return typed(values, POLICY_TYPES);
}

export const preview = changes => service.call("Preview", "a{sv}", typedPolicy(changes));
export const tryChange = (changes, seconds) => service.call("Try", "a{sv}u", typedPolicy(changes), seconds);

// By the method whose action the change needs.
export async function apply(changes) {
    const { Enabled, MailLimits, ...policy } = changes;
    if (Enabled !== undefined)
        return service.call(Enabled ? "Enable" : "Disable");
    if (Object.keys(policy).length)
        return service.call("SetPolicy", "a{sv}", typedPolicy(changes));
    return service.call("SetMailLimits", "a{sv}", typed(MailLimits, LIMIT_TYPES));
}
