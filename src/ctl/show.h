/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The service's answers for people. Each takes the answer as JSON and appends to `text`; a key that
 * is missing or of another type is left out, as an older service may not have it. Pure, but for the
 * time zone and, where it says how much is left, the clock.
 */

#include <jansson.h>

#include "ctl/table.h"

void show_status(const json_t *status, const Style *style, Text *text);
void show_policy(const json_t *policy, const Style *style, Text *text);
/* `limits` is the policy's MailLimits. */
void show_limits(const json_t *limits, const Style *style, Text *text);
/* Of command_limits_suggest(). */
void show_suggestion(const json_t *suggestion, const Style *style, Text *text);
/* Of command_import(). */
void show_import(const json_t *import, const Style *style, Text *text);
void show_preview(const json_t *preview, const Style *style, Text *text);
void show_allowed(const json_t *allowed, const Style *style, Text *text);
void show_subjects(const json_t *subjects, const Style *style, Text *text);
void show_exceptions(const json_t *exceptions, const Style *style, Text *text);
/* An array of Explain's answers, each with its Address and Port. */
void show_explanations(const json_t *answers, const Style *style, Text *text);
/* Of command_test(). */
void show_test(const json_t *results, const Style *style, Text *text);
void show_attempts(const json_t *attempts, const Style *style, Text *text);
/* GetUsage's answer, ListUsage's, Report's and ListHeld's. */
void show_usage(const json_t *usage, const Style *style, Text *text);
void show_usages(const json_t *usages, const Style *style, Text *text);
void show_report(const json_t *rows, const Style *style, Text *text);
void show_held(const json_t *messages, const Style *style, Text *text);
void show_history(const json_t *history, const Style *style, Text *text);
void show_problems(const json_t *problems, const Style *style, Text *text);

/* "3 open connections of 2 users would be cut: alice (2), bob (1)", without a line end. */
void show_cut(const json_t *affected, const Style *style, Text *text);

/* Parts. */

/* The key's string, or NULL. */
const char *show_string(const json_t *object, const char *key);
/* The key's number, or 0. */
long long show_number(const json_t *object, const char *key);
bool show_is_true(const json_t *object, const char *key);
/* "one thing", "2 things", for the plural of regular words. */
char *show_count(size_t count, const char *thing);
/* Local time of microseconds since 1970. */
char *show_time(long long usec);
/* How long it is until then: "29 min 5 s". */
char *show_left(long long deadline_usec);
/* KEY=VALUE KEY=VALUE, of an answer's Changes. */
char *show_changes(const json_t *changes);
/* A value as KEY=VALUE takes it: yes, 50, alice,bob, 25:redirect,465:reject; "-" for empty. */
char *show_value(const json_t *value);
