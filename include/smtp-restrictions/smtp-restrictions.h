/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The public contract of smtp-restrictions on the system bus: names, keys, bounds. Everything here
 * is stable: names are only ever added. org.example.SmtpRestrictions(5) describes each.
 */

#define SMTP_RESTRICTIONS_BUS_NAME  "org.example.SmtpRestrictions"
#define SMTP_RESTRICTIONS_PATH      "/org/example/SmtpRestrictions"
#define SMTP_RESTRICTIONS_INTERFACE "org.example.SmtpRestrictions"
#define SMTP_RESTRICTIONS_ATTEMPTS_INTERFACE                                                       \
        "org.example.SmtpRestrictions.Attempts" /* one signal */

/* The mail meter has a name of its own, of another program: org.example.SmtpRestrictions.Meter(5).
 */
#define SMTP_RESTRICTIONS_METER_BUS_NAME  "org.example.SmtpRestrictions.Meter"
#define SMTP_RESTRICTIONS_METER_PATH      "/org/example/SmtpRestrictions/Meter"
#define SMTP_RESTRICTIONS_METER_INTERFACE "org.example.SmtpRestrictions.Meter"

/* polkit actions */
#define SMTP_RESTRICTIONS_ACTION_ENABLE            "org.example.SmtpRestrictions.enable"
#define SMTP_RESTRICTIONS_ACTION_DISABLE           "org.example.SmtpRestrictions.disable"
#define SMTP_RESTRICTIONS_ACTION_INSPECT           "org.example.SmtpRestrictions.inspect"
#define SMTP_RESTRICTIONS_ACTION_SET_POLICY        "org.example.SmtpRestrictions.set-policy"
#define SMTP_RESTRICTIONS_ACTION_SET_MAIL_LIMITS   "org.example.SmtpRestrictions.set-mail-limits"
#define SMTP_RESTRICTIONS_ACTION_MANAGE_EXCEPTIONS "org.example.SmtpRestrictions.manage-exceptions"
#define SMTP_RESTRICTIONS_ACTION_SET_SUBJECT       "org.example.SmtpRestrictions.set-subject"
#define SMTP_RESTRICTIONS_ACTION_SUSPEND           "org.example.SmtpRestrictions.suspend"
#define SMTP_RESTRICTIONS_ACTION_MANAGE_HELD       "org.example.SmtpRestrictions.manage-held"
#define SMTP_RESTRICTIONS_ACTION_DISCARD_HELD      "org.example.SmtpRestrictions.discard-held"

/* Errors. The name is the cause; the text says the rest. */
#define SMTP_RESTRICTIONS_ERROR_UNKNOWN_KEY   "org.example.SmtpRestrictions.Error.UnknownKey"
#define SMTP_RESTRICTIONS_ERROR_INVALID_VALUE "org.example.SmtpRestrictions.Error.InvalidValue"
#define SMTP_RESTRICTIONS_ERROR_UNKNOWN_NAME  "org.example.SmtpRestrictions.Error.UnknownName"
#define SMTP_RESTRICTIONS_ERROR_NOT_FOUND     "org.example.SmtpRestrictions.Error.NotFound"
#define SMTP_RESTRICTIONS_ERROR_BUSY          "org.example.SmtpRestrictions.Error.Busy"
#define SMTP_RESTRICTIONS_ERROR_CHANGED       "org.example.SmtpRestrictions.Error.Changed"
#define SMTP_RESTRICTIONS_ERROR_POLICY_FILE_CHANGED                                                \
        "org.example.SmtpRestrictions.Error.PolicyFileChanged"
#define SMTP_RESTRICTIONS_ERROR_FIREWALL_FAILED "org.example.SmtpRestrictions.Error.FirewallFailed"
#define SMTP_RESTRICTIONS_ERROR_STORAGE_FAILED  "org.example.SmtpRestrictions.Error.StorageFailed"
#define SMTP_RESTRICTIONS_ERROR_NO_EXIM         "org.example.SmtpRestrictions.Error.NoExim"
#define SMTP_RESTRICTIONS_ERROR_EXIM_CONFIG_UNSUPPORTED                                            \
        "org.example.SmtpRestrictions.Error.EximConfigUnsupported"
#define SMTP_RESTRICTIONS_ERROR_EXIM_CONFIG_INVALID                                                \
        "org.example.SmtpRestrictions.Error.EximConfigInvalid"
#define SMTP_RESTRICTIONS_ERROR_EXIM_BLOCKED_BY_MACRO                                              \
        "org.example.SmtpRestrictions.Error.EximBlockedByMacro"
#define SMTP_RESTRICTIONS_ERROR_EXIM_RELOAD_FAILED                                                 \
        "org.example.SmtpRestrictions.Error.EximReloadFailed"
#define SMTP_RESTRICTIONS_ERROR_REDIRECT_NEEDS_MTA                                                 \
        "org.example.SmtpRestrictions.Error.RedirectNeedsMta"
#define SMTP_RESTRICTIONS_ERROR_METER_UNAVAILABLE                                                  \
        "org.example.SmtpRestrictions.Error.MeterUnavailable"
#define SMTP_RESTRICTIONS_ERROR_ROLLBACK_FAILED "org.example.SmtpRestrictions.Error.RollbackFailed"
#define SMTP_RESTRICTIONS_ERROR_NO_TRIAL        "org.example.SmtpRestrictions.Error.NoTrial"

/* Keys of a policy (SetPolicy, ReplacePolicy, GetPolicy, policy.json). */
#define SMTP_RESTRICTIONS_KEY_ENABLED              "Enabled"      /* b */
#define SMTP_RESTRICTIONS_KEY_PORT_VERDICTS        "PortVerdicts" /* a{qs}, "redirect" or "reject" */
#define SMTP_RESTRICTIONS_KEY_OBSERVE              "Observe"      /* b */
#define SMTP_RESTRICTIONS_KEY_ALLOWED_USERS        "AllowedUsers"        /* as */
#define SMTP_RESTRICTIONS_KEY_ALLOWED_GROUPS       "AllowedGroups"       /* as */
#define SMTP_RESTRICTIONS_KEY_CUT_EXISTING         "CutExisting"         /* b */
#define SMTP_RESTRICTIONS_KEY_FORWARDED            "Forwarded"           /* s */
#define SMTP_RESTRICTIONS_KEY_FORWARDED_INTERFACES "ForwardedInterfaces" /* as */
#define SMTP_RESTRICTIONS_KEY_FORWARDED_NETWORKS   "ForwardedNetworks"   /* as */
#define SMTP_RESTRICTIONS_KEY_CONTACT              "Contact"             /* s */
#define SMTP_RESTRICTIONS_KEY_DOMAIN_OWNERS        "DomainOwners"        /* s */
#define SMTP_RESTRICTIONS_KEY_SHARED_COUNTERS      "SharedCounters"      /* s */
#define SMTP_RESTRICTIONS_KEY_SHARED_SHARE         "SharedCountersShare" /* u */
#define SMTP_RESTRICTIONS_KEY_MAIL_LIMITS          "MailLimits"          /* a{sv} */

/* clang-format off */
/* Keys of MailLimits (SetMailLimits, ResetMailLimits). */
#define SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_MAX                "SmtpAcceptMax"              /* u */
#define SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_MAX_PER_HOST       "SmtpAcceptMaxPerHost"       /* u */
#define SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_MAX_PER_CONNECTION "SmtpAcceptMaxPerConnection" /* u */
#define SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_QUEUE              "SmtpAcceptQueue"            /* u */
#define SMTP_RESTRICTIONS_LIMIT_SMTP_ACCEPT_RESERVE            "SmtpAcceptReserve"          /* u */
#define SMTP_RESTRICTIONS_LIMIT_SMTP_RESERVE_HOSTS             "SmtpReserveHosts"           /* as */
#define SMTP_RESTRICTIONS_LIMIT_RECIPIENTS_MAX                 "RecipientsMax"              /* u */
#define SMTP_RESTRICTIONS_LIMIT_MESSAGE_SIZE_LIMIT             "MessageSizeLimit"           /* t */
#define SMTP_RESTRICTIONS_LIMIT_REQUIRE_AUTH                   "RequireAuth"                /* b */
#define SMTP_RESTRICTIONS_LIMIT_RELAY_EXCEPTIONS               "RelayExceptions"            /* as */
#define SMTP_RESTRICTIONS_LIMIT_HOURLY_PER_DOMAIN              "HourlyRecipientsPerDomain"  /* u */
#define SMTP_RESTRICTIONS_LIMIT_HOURLY_PER_MAILBOX             "HourlyRecipientsPerMailbox" /* u */
#define SMTP_RESTRICTIONS_LIMIT_HOURLY_PER_USER                "HourlyRecipientsPerUser"    /* u */
#define SMTP_RESTRICTIONS_LIMIT_DAILY_PER_DOMAIN               "DailyRecipientsPerDomain"   /* u */
#define SMTP_RESTRICTIONS_LIMIT_DAILY_PER_MAILBOX              "DailyRecipientsPerMailbox"  /* u */
#define SMTP_RESTRICTIONS_LIMIT_DAILY_PER_USER                 "DailyRecipientsPerUser"     /* u */
#define SMTP_RESTRICTIONS_LIMIT_OVER_LIMIT_ACTION              "OverLimitAction"            /* s */
#define SMTP_RESTRICTIONS_LIMIT_OVER_LIMIT_PERCENT             "OverLimitPercent"           /* u */
#define SMTP_RESTRICTIONS_LIMIT_FAIL_DEFER_PERCENT             "FailDeferPercent"           /* u */
#define SMTP_RESTRICTIONS_LIMIT_FAIL_DEFER_MINIMUM             "FailDeferMinimum"           /* u */
#define SMTP_RESTRICTIONS_LIMIT_FAIL_DEFER_ACTION              "FailDeferAction"            /* s */
#define SMTP_RESTRICTIONS_LIMIT_DENIED_MAIL_USERS              "DeniedMailUsers"            /* as */
#define SMTP_RESTRICTIONS_LIMIT_SMTP_AUTH                      "SmtpAuth"                   /* s */
#define SMTP_RESTRICTIONS_LIMIT_METER_FALLBACK                 "MeterFallback"              /* s */
#define SMTP_RESTRICTIONS_LIMIT_COUNT_MAILMAN                  "CountMailman"               /* b */
/* clang-format on */

/* Keys of an exception (AddException, ListExceptions). */
#define SMTP_RESTRICTIONS_EXCEPTION_ID          "Id"          /* s, listed */
#define SMTP_RESTRICTIONS_EXCEPTION_SUBJECT     "Subject"     /* s */
#define SMTP_RESTRICTIONS_EXCEPTION_DESTINATION "Destination" /* s */
#define SMTP_RESTRICTIONS_EXCEPTION_PORTS       "Ports"       /* aq */
#define SMTP_RESTRICTIONS_EXCEPTION_VERDICT     "Verdict"     /* s */
#define SMTP_RESTRICTIONS_EXCEPTION_EXPIRES_AT  "ExpiresAt"   /* t */
#define SMTP_RESTRICTIONS_EXCEPTION_EXPIRES_IN  "ExpiresIn"   /* u, in place of ExpiresAt */
#define SMTP_RESTRICTIONS_EXCEPTION_REASON      "Reason"      /* s */
#define SMTP_RESTRICTIONS_EXCEPTION_GRANTED_BY  "GrantedBy"   /* s, listed */
#define SMTP_RESTRICTIONS_EXCEPTION_GRANTED_AT  "GrantedAt"   /* t, listed */

/* Keys of Explain's question and answer. */
#define SMTP_RESTRICTIONS_EXPLAIN_USER "User" /* s */
#define SMTP_RESTRICTIONS_EXPLAIN_UID  "Uid"  /* u, in place of User; in answers about users */
#define SMTP_RESTRICTIONS_EXPLAIN_INTERFACE                                                        \
        "Interface"                                  /* s, in place of User: forwarded from there */
#define SMTP_RESTRICTIONS_EXPLAIN_SOURCE    "Source" /* s, beside Interface */
#define SMTP_RESTRICTIONS_EXPLAIN_ADDRESS   "Address"   /* s */
#define SMTP_RESTRICTIONS_EXPLAIN_PORT      "Port"      /* q */
#define SMTP_RESTRICTIONS_EXPLAIN_VERDICT   "Verdict"   /* s, answer */
#define SMTP_RESTRICTIONS_EXPLAIN_DECISION  "Decision"  /* s, answer */
#define SMTP_RESTRICTIONS_EXPLAIN_EXCEPTION "Exception" /* s, answer: its id */
#define SMTP_RESTRICTIONS_EXPLAIN_EXPIRES   "ExpiresAt" /* t, answer: of that exception */
#define SMTP_RESTRICTIONS_EXPLAIN_HINT      "Hint"      /* s, answer */

/* Keys of a subject of the mail meter (SetSubject, ListSubjects). */
#define SMTP_RESTRICTIONS_SUBJECT_HOURLY    "HourlyRecipients" /* u */
#define SMTP_RESTRICTIONS_SUBJECT_DAILY     "DailyRecipients"  /* u */
#define SMTP_RESTRICTIONS_SUBJECT_SMTP_AUTH "SmtpAuth"         /* s */

/* Bounds of values. */
#define SMTP_RESTRICTIONS_PORTS_MAX                32    /* entries of PortVerdicts, or Ports */
#define SMTP_RESTRICTIONS_ALLOWED_USERS_MAX        50000 /* entries of AllowedUsers */
#define SMTP_RESTRICTIONS_ALLOWED_GROUPS_MAX       1000  /* entries of AllowedGroups */
#define SMTP_RESTRICTIONS_FORWARDED_MAX            1000 /* entries of ForwardedInterfaces, -Networks */
#define SMTP_RESTRICTIONS_NAME_SIZE_MAX            256     /* bytes of a user's or group's name */
#define SMTP_RESTRICTIONS_NAMES_SIZE_MAX           2097152 /* bytes of all names of a list in a call */
#define SMTP_RESTRICTIONS_CONTACT_SIZE_MAX         200     /* bytes of Contact */
#define SMTP_RESTRICTIONS_DOMAIN_OWNERS_SIZE_MAX   1024    /* bytes of DomainOwners */
#define SMTP_RESTRICTIONS_SHARED_COUNTERS_SIZE_MAX 512     /* bytes of SharedCounters */
#define SMTP_RESTRICTIONS_SHARED_SHARE_MAX         100     /* SharedCountersShare, at least 1 */
#define SMTP_RESTRICTIONS_SHARED_SHARE_DEFAULT     50
#define SMTP_RESTRICTIONS_RATE_MAX                                                                 \
        10000000 /* HourlyRecipients..., DailyRecipients...; at least 1 */
#define SMTP_RESTRICTIONS_OVER_LIMIT_PERCENT_MIN 100 /* OverLimitPercent */
#define SMTP_RESTRICTIONS_OVER_LIMIT_PERCENT_MAX 10000
#define SMTP_RESTRICTIONS_FAIL_DEFER_PERCENT_MAX 100    /* FailDeferPercent, at least 1 */
#define SMTP_RESTRICTIONS_FAIL_DEFER_MINIMUM_MAX 100000 /* FailDeferMinimum, at least 1 */
#define SMTP_RESTRICTIONS_DENIED_MAIL_USERS_MAX  1000   /* entries of DeniedMailUsers, at least 1 */
#define SMTP_RESTRICTIONS_CONNECTIONS_MAX        100000 /* SmtpAcceptMax, its like and its parts */
#define SMTP_RESTRICTIONS_RESERVE_HOSTS_MAX      1000 /* entries of SmtpReserveHosts, at least 1 */
#define SMTP_RESTRICTIONS_RELAY_EXCEPTIONS_MAX   1000 /* entries of RelayExceptions, at least 1 */
#define SMTP_RESTRICTIONS_RECIPIENTS_MAX         1000000    /* RecipientsMax, at least 1 */
#define SMTP_RESTRICTIONS_TRY_SECONDS_MIN        10         /* how long a Try may last */
#define SMTP_RESTRICTIONS_TRY_SECONDS_MAX        604800     /* a week */
#define SMTP_RESTRICTIONS_MESSAGE_SIZE_MIN       1024       /* MessageSizeLimit, bytes */
#define SMTP_RESTRICTIONS_MESSAGE_SIZE_MAX       2146435072 /* 2047 MiB */
#define SMTP_RESTRICTIONS_EXCEPTIONS_MAX         10000
#define SMTP_RESTRICTIONS_INTERFACE_SIZE_MAX     15  /* bytes of a network interface's name */
#define SMTP_RESTRICTIONS_REASON_SIZE_MAX        200 /* bytes of Reason, at least 1 */
#define SMTP_RESTRICTIONS_EXPIRES_AT_MAX         253402300799000000 /* ExpiresAt: the year 9999 */

/* Bounds of calls. */
#define SMTP_RESTRICTIONS_METER_ENTRIES_MAX 1000 /* Most; and entries of Ids */
#define SMTP_RESTRICTIONS_CALLS_PER_USER_MAX                                                       \
        4 /* waiting for authorization or their turn, per uid */
#define SMTP_RESTRICTIONS_CALLS_MAX         32  /* in all */
#define SMTP_RESTRICTIONS_AUTHORIZATION_SEC 120 /* how long polkit may take to ask somebody */
