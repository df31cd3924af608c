// SPDX-License-Identifier: GPL-2.0-or-later
//
// The mail limits as the contract has them: key, type, bounds, and what a form says of each.

const count = (key, label, min, max, help, type = "u") => ({ key, label, kind: "count", type, min, max, help });
const choice = (key, label, words, help) => ({ key, label, kind: "choice", type: "s", words, help });
const list = (key, label, help) => ({ key, label, kind: "list", type: "as", help });
const flag = (key, label, help) => ({ key, label, kind: "flag", type: "b", help });

const RECIPIENTS = [1, 10000000];

export const LIMIT_GROUPS = [
    {
        title: "How much may be sent",
        fields: [
            count("HourlyRecipientsPerDomain", "Per hour and domain", ...RECIPIENTS, "Remote recipients in any 60 minutes"),
            count("HourlyRecipientsPerMailbox", "Per hour and mailbox", ...RECIPIENTS, "Accounts that log in"),
            count("HourlyRecipientsPerUser", "Per hour and user", ...RECIPIENTS, "Users of this host"),
            count("DailyRecipientsPerDomain", "Per day and domain", ...RECIPIENTS, "Remote recipients in any 24 hours"),
            count("DailyRecipientsPerMailbox", "Per day and mailbox", ...RECIPIENTS, "Accounts that log in"),
            count("DailyRecipientsPerUser", "Per day and user", ...RECIPIENTS, "Users of this host"),
            choice("OverLimitAction", "Mail over a limit", ["hold", "defer", "reject", "observe"], "Otherwise it is held"),
            count("OverLimitPercent", "Refuse beyond (% of the limit)", 100, 10000, "Otherwise 125"),
        ],
    },
    {
        title: "Who may send",
        fields: [
            list("DeniedMailUsers", "Users who may not send", "Names, separated by spaces: nobody www-data"),
            choice("SmtpAuth", "Accounts that log in", ["enabled", "disabled"], "Of all that nothing is set for by name"),
            flag("RequireAuth", "Relaying needs a login", "Whatever lists of hosts say"),
            list("RelayExceptions", "Relay without a login", "Addresses or networks, separated by spaces"),
            flag("CountMailman", "Count what Mailman sends", "Otherwise it counts for nobody"),
        ],
    },
    {
        title: "Mail that fails",
        fields: [
            count("FailDeferPercent", "Failed share (%)", 1, 100, "Of a domain's mail within an hour"),
            count("FailDeferMinimum", "And at least (recipients)", 1, 100000, "Otherwise 5"),
            choice("FailDeferAction", "New mail of the domain", ["hold", "reject", "observe"], "Otherwise it is held"),
            choice("MeterFallback", "If the mail meter does not answer", ["accept", "defer"], "Otherwise mail is accepted"),
        ],
    },
    {
        title: "Connections and messages",
        fields: [
            count("SmtpAcceptMax", "Connections", 0, 100000, "Incoming, at the same time; 0: no limit"),
            count("SmtpAcceptMaxPerHost", "Connections of one host", 0, 100000, "0: no limit"),
            count("SmtpAcceptMaxPerConnection", "Messages in one connection", 0, 100000, "0: no limit"),
            count("SmtpAcceptQueue", "Only queue above (connections)", 0, 100000, "0: never"),
            count("SmtpAcceptReserve", "Reserved connections", 0, 100000, "For the hosts that follow; 0: none"),
            list("SmtpReserveHosts", "Reserved for", "Addresses or networks, separated by spaces"),
            count("RecipientsMax", "Recipients of one message", 1, 1000000, "At least 100, says RFC 5321"),
            count("MessageSizeLimit", "Size of one message (bytes)", 1024, 2146435072, "52428800 are 50 MiB", "t"),
        ],
    },
];

export const LIMIT_FIELDS = LIMIT_GROUPS.flatMap(group => group.fields);
export const LIMIT_TYPES = Object.fromEntries(LIMIT_FIELDS.map(field => [field.key, field.type]));

// A limit's value as the text of its field, and back: an empty field is undefined. A number that is none, or out of bounds,
// throws what to say.
export function textOf(field, value) {
    if (value === undefined)
        return "";
    return field.kind === "list" ? value.join(" ") : String(value);
}

export function valueOf(field, text) {
    const trimmed = text.trim();
    if (trimmed === "")
        return undefined;
    if (field.kind === "list")
        return trimmed.split(/[\s,]+/);
    if (field.kind === "flag")
        return trimmed === "true";
    if (field.kind === "choice")
        return trimmed;
    const value = Number(trimmed);
    if (!/^\d+$/.test(trimmed) || value < field.min || value > field.max)
        throw new Error(`${field.label}: a number from ${field.min} to ${field.max}`);
    return value;
}
