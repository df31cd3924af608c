/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A call that core carries out: it waits for its job, and the job goes with it. */

#include "core/manager.h"
#include "dbus/calls.h"

/* Append the answer's values. */
typedef int (*CallReply)(sd_bus_message *reply, const JobResult *result);

/*
 * Queue the job in the caller's name; replies when it is done, with an empty answer where `reply`
 * is NULL. Takes the request over, and *call on success. Return: 0, or a negative errno with
 * *reterr set.
 */
WARN_UNUSED int call_queue_job(
                Manager *manager,
                Call **call,
                JobRequest *request,
                CallReply reply,
                sd_bus_error *reterr);
