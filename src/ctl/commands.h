/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The commands. main.c has the table of them. */

#include "ctl/command.h"

/* `words` are what follows the command's own words. */
typedef ExitCode (*Command)(Context *context, const char *const words[], size_t count);

ExitCode command_status(Context *context, const char *const words[], size_t count);
ExitCode command_is_active(Context *context, const char *const words[], size_t count);
ExitCode command_enable(Context *context, const char *const words[], size_t count);
ExitCode command_disable(Context *context, const char *const words[], size_t count);
ExitCode command_reload(Context *context, const char *const words[], size_t count);
ExitCode command_limits_show(Context *context, const char *const words[], size_t count);
ExitCode command_limits_set(Context *context, const char *const words[], size_t count);
ExitCode command_limits_suggest(Context *context, const char *const words[], size_t count);
ExitCode command_limits_reset(Context *context, const char *const words[], size_t count);
ExitCode command_policy_show(Context *context, const char *const words[], size_t count);
ExitCode command_policy_set(Context *context, const char *const words[], size_t count);
ExitCode command_export(Context *context, const char *const words[], size_t count);
ExitCode command_apply(Context *context, const char *const words[], size_t count);
ExitCode command_import(Context *context, const char *const words[], size_t count);
ExitCode command_preview(Context *context, const char *const words[], size_t count);
ExitCode command_explain(Context *context, const char *const words[], size_t count);
ExitCode command_test(Context *context, const char *const words[], size_t count);
ExitCode command_verify(Context *context, const char *const words[], size_t count);
ExitCode command_allowed(Context *context, const char *const words[], size_t count);
ExitCode command_try(Context *context, const char *const words[], size_t count);
ExitCode command_confirm(Context *context, const char *const words[], size_t count);
ExitCode command_cancel(Context *context, const char *const words[], size_t count);
ExitCode command_history(Context *context, const char *const words[], size_t count);
ExitCode command_rollback(Context *context, const char *const words[], size_t count);
ExitCode command_observe(Context *context, const char *const words[], size_t count);
ExitCode command_top(Context *context, const char *const words[], size_t count);
ExitCode command_watch(Context *context, const char *const words[], size_t count);
ExitCode command_attempts_reset(Context *context, const char *const words[], size_t count);
ExitCode command_metrics(Context *context, const char *const words[], size_t count);
ExitCode command_usage(Context *context, const char *const words[], size_t count);
ExitCode command_usage_reset(Context *context, const char *const words[], size_t count);
ExitCode command_report(Context *context, const char *const words[], size_t count);
ExitCode command_held(Context *context, const char *const words[], size_t count);
ExitCode command_held_release(Context *context, const char *const words[], size_t count);
ExitCode command_held_discard(Context *context, const char *const words[], size_t count);
ExitCode command_allow(Context *context, const char *const words[], size_t count);
ExitCode command_disallow(Context *context, const char *const words[], size_t count);
ExitCode command_subject_list(Context *context, const char *const words[], size_t count);
ExitCode command_subject_show(Context *context, const char *const words[], size_t count);
ExitCode command_subject_set(Context *context, const char *const words[], size_t count);
ExitCode command_subject_reset(Context *context, const char *const words[], size_t count);
ExitCode command_subject_suspend(Context *context, const char *const words[], size_t count);
ExitCode command_subject_resume(Context *context, const char *const words[], size_t count);
ExitCode command_exceptions(Context *context, const char *const words[], size_t count);
