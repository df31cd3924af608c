/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Users, groups and mail servers come and go: the numbers in the kernel follow the names. And the
 * clock is set: the ends of exceptions follow it. And something is set by name in the meter: Exim
 * has to ask it. */

#include "core/engine.h"

/* Converge if names mean something else now, or Exim is another one. Return: 0, or a negative errno
 * with the reason; then what was in force stays so. */
WARN_UNUSED int engine_follow_names(Engine *engine, Failure *reterr);

/* Converge with what the meter needs now. Return: 0, or a negative errno with the reason: Exim does
 * not do what it should. */
WARN_UNUSED int engine_follow_meter(Engine *engine, Failure *reterr);

/* Bring exceptions that end in again: the kernel counts what is left by a clock that nobody sets.
 * Return: 0, or a negative errno with the reason. */
WARN_UNUSED int engine_follow_clock(Engine *engine, Failure *reterr);
