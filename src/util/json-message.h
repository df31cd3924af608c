/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A D-Bus value as JSON, for --json and for everything that is shown: variants are what they hold,
 * dictionaries become objects (keys that are numbers, as text), structures become arrays. Reads a
 * message and nothing else.
 */

#include <jansson.h>
#include <systemd/sd-bus.h>

#include "util/macro.h"

/*
 * The body of a reply: null if it is empty, else its first value; called again, the next one. The
 * caller owns the result.
 * Return: 0, -ELOOP if it is nested too deeply, or another negative errno. A number above INT64_MAX
 * loses its last digits, as JSON has no such integers here.
 */
WARN_UNUSED int json_from_message(sd_bus_message *message, json_t **ret);
