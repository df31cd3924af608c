/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Failures as D-Bus errors: the one table of names. A bare errno never reaches a caller.
 */

#include <systemd/sd-bus.h>

#include "util/failure.h"

/* The D-Bus name of a cause; that of FAILURE_NONE is org.freedesktop.DBus.Error.Failed. */
const char *bus_error_name(FailureCode code);

/*
 * Fill *reterr from a failure, or, if it is empty, with plain words for the negative errno `r`.
 * Always returns a negative errno, so that a handler can end with it.
 */
int bus_error_set(sd_bus_error *reterr, int r, const Failure *failure);
