/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What monitoring wants to know, as OpenMetrics text. Only gauges and counters, so that older
 * readers of Prometheus' own form take it, too. The number of series is bounded: nothing is named
 * that users can make more of. Pure.
 */

#include <jansson.h>

#include "util/text.h"

#define METRICS_HELD_MAX 20000 /* messages that are counted */

/*
 * `facts` has what could be found out: "Status" (its answer), "Held" (how many messages), "Usage"
 * ({kind: an answer of ListUsage}), "MeterUp" (whether it answered); what is missing is left out.
 * Without Status the text says that the service is not up.
 */
void metrics_write(const json_t *facts, Text *text);
