/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Problems: what is not as it should be and does not stop the service, with a stable id (listed in
 * org.example.SmtpRestrictions(5)), words for people, and what to do. Pure.
 */

#include "policy/problem-id.h"
#include "util/macro.h"

typedef enum ProblemSeverity {
        PROBLEM_SEVERITY_NOTICE,  /* Health stays ok */
        PROBLEM_SEVERITY_WARNING, /* Health degraded */
        PROBLEM_SEVERITY_ERROR,   /* Health failed: the restriction or a limit is not in force */
} ProblemSeverity;

typedef struct Problem {
        ProblemId id;
        ProblemSeverity severity;
        char *text;          /* owned */
        char *hint;          /* owned; what to do */
        uint64_t since_usec; /* CLOCK_REALTIME; 0 until the core knows */
} Problem;

typedef struct Problems {
        Problem *items; /* owned */
        size_t count;
        size_t allocated;
} Problems;

/* "notice", "warning", "error". */
const char *problem_severity_to_string(ProblemSeverity severity);

void problems_done(Problems *problems);
/* Text and hint: of string_format(), and owned here from now on, even on failure. */
WARN_UNUSED int problems_add(
                Problems *problems, ProblemId id, ProblemSeverity severity, char *text, char *hint);
WARN_UNUSED int problems_copy(const Problems *problems, Problems *ret);
/* Append copies of all of `more`. */
WARN_UNUSED int problems_append_all(Problems *problems, const Problems *more);
bool problems_have(const Problems *problems, ProblemId id);
void problems_remove(Problems *problems, ProblemId id); /* all of them */
/* Take `since_usec` over from `before` where id and text are the same, set the others to now. */
void problems_keep_since(Problems *problems, const Problems *before, uint64_t now_usec);

typedef enum Health {
        HEALTH_OK,
        HEALTH_DEGRADED,
        HEALTH_FAILED,
} Health;

/* "ok", "degraded", "failed". */
const char *health_to_string(Health health);
Health problems_health(const Problems *problems);
