/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Explain's question and answer in messages. */

#include <systemd/sd-bus.h>

#include "core/job.h"

/* a{sv}: User s or Uid u, or Interface s and Source s; Address s, Port q. Return: 0; -EINVAL with
 * the cause; another negative errno. */
WARN_UNUSED int codec_read_explain(sd_bus_message *m, JobRequest *request, Failure *reterr);

/* a{sv}. Return: 0 or a negative errno. */
WARN_UNUSED int codec_append_explanation(sd_bus_message *reply, const JobResult *result);
