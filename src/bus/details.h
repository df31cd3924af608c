/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a call asks for, as polkit's details, so that a site's rules can allow a part of it:
 *
 *     method        the method's name
 *     keys          what would change: "PortVerdicts, MailLimits.SmtpAcceptMax"; "all" for
 *                   ReplacePolicy, which gives the keys that it does not name their defaults
 *     KEY           the value of each key that is named, in short: true, "25 reject, 465 reject",
 *                   "alice, bob", 50; a list too long for that as "123 entries"; a limit that is
 *                   given back as "unset"
 *     dry-run       "true", if nothing is to be changed
 *     seconds       how long the change is on trial, if it is
 *     subject, destination, ports, verdict, expires-in
 *                   of the exception that is granted or removed: "user:alice", "192.0.2.0/24" or
 *                   "any", "25, 587" or "all", "allow"; seconds or "never"
 *     id            of the exception that is removed; of the past policy, for Rollback; its keys
 * are "all"
 *
 * Confirm and Cancel have the keys and values of the change that is on trial.
 *
 * Never cut in the middle: a rule that compares a value compares the whole of it.
 */

#include "core/manager.h"
#include "util/string-list.h"

/* Append key, value, key, value... Return: 0 or -ENOMEM. */
WARN_UNUSED int details_append_job(StringList *details, const JobRequest *request);
