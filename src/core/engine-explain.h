/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Why a connection is let through or not, and what its maker can do about it. */

#include "core/engine.h"

/* JOB_EXPLAIN; changes nothing. Return: 0, or a negative errno with UnknownName. */
WARN_UNUSED int engine_explain(
                const Engine *engine,
                const JobRequest *request,
                ExplainAnswer *ret,
                Failure *reterr);
