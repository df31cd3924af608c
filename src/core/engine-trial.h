/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The trial that may be going on: beginning, keeping, taking back. Part of the engine; on its
 * thread.
 */

#include "core/engine.h"

/* Return: 0; -EBUSY with Busy, saying whose trial it is and until when. */
WARN_UNUSED int engine_check_no_trial(const Engine *engine, Failure *reterr);

/* The record of a trial that begins now, of the change that is about to be made. */
WARN_UNUSED int engine_begin_trial(
                const Engine *engine, uint32_t seconds, const LastChange *change, Trial *ret);

/* It is in force. Takes the record over. */
void engine_adopt_trial(Engine *engine, Trial *trial);
/* It is none any more; the record goes, or is logged as left behind. */
void engine_forget_trial(Engine *engine);

/* JOB_CONFIRM, JOB_CANCEL. Return: 0, or a negative errno with NoTrial, NotFound, ... */
WARN_UNUSED int engine_confirm_trial(Engine *engine, const JobRequest *request, Failure *reterr);
WARN_UNUSED int engine_cancel_trial(Engine *engine, const JobRequest *request, Failure *reterr);

/* Who made the change that is taken back by time, and that it was. Return: 0 or -ENOMEM. */
WARN_UNUSED int engine_describe_timeout(const Trial *trial, LastChange *ret);
/* Say that time was over: to the log, and as a Problem. */
void engine_report_timeout(Engine *engine, const Trial *trial);
