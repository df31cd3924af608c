/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How a program that has an event loop is told to end. */

#include <systemd/sd-event.h>

#include "util/macro.h"

/*
 * SIGTERM and SIGINT end the loop. To be called before there is a second thread: the signals are
 * blocked in each thread then, so that the loop alone takes them. Return: 0 or a negative errno.
 */
WARN_UNUSED int end_signals_watch(sd_event *event);
