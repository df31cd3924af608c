/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the signals of service and meter tell, in one form: as a hook gets it (JSON), and as a mail
 * says it (a line). Names in it are strangers' words. Pure.
 *
 * The JSON has "Event" (one of event_kind_to_string()), "Subject" ("user:NAME", ..., or "host"),
 * and what the signal has, by its names.
 */

#include <jansson.h>

#include "util/macro.h"

typedef enum EventKind {
        EVENT_HELD,
        EVENT_LIMIT,
        EVENT_RELEASED,
        EVENT_SUSPENDED,
        EVENT_ATTEMPT,
        EVENT_HEALTH,
        EVENT_PROBLEM,
        _EVENT_KIND_MAX,
} EventKind;

#define EVENT_HOST         "host" /* the subject of health and problems */
#define EVENT_SUBJECT_SIZE 160    /* with NUL */
#define EVENT_TEXT_SIZE    400    /* likewise */

typedef struct Event {
        EventKind kind;
        char *subject; /* owned; one line of printable ASCII, cut */
        char *text;    /* owned; likewise: what happened, without how often */
        uint64_t count;
        uint64_t recipients; /* of a held message, else 0 */
        bool harmless;       /* nobody needs to be told of it alone */
} Event;

void event_done(Event *event);

/* As the signals are called: "Held", "LimitReached", ... */
const char *event_kind_to_string(EventKind kind);

/* Return: 0; -EINVAL if it is not in the form above, -ENOMEM. */
WARN_UNUSED int event_read(const json_t *json, Event *ret);
