/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "notify/event.h"
#include "util/text.h"

static const char *const kinds[_EVENT_KIND_MAX] = {
        [EVENT_HELD] = "Held",         [EVENT_LIMIT] = "LimitReached",
        [EVENT_RELEASED] = "Released", [EVENT_SUSPENDED] = "Suspended",
        [EVENT_ATTEMPT] = "Attempt",   [EVENT_HEALTH] = "Health",
        [EVENT_PROBLEM] = "Problem",
};

void event_done(Event *event) {
        free(event->subject);
        free(event->text);
        *event = (Event){};
}

const char *event_kind_to_string(EventKind kind) {
        return kinds[kind];
}

static const char *string_of(const json_t *json, const char *key) {
        return json_string_value(json_object_get(json, key)) ?: "";
}

static uint64_t number_of(const json_t *json, const char *key) {
        json_int_t value = json_integer_value(json_object_get(json, key));

        return value > 0 ? (uint64_t) value : 0;
}

/* What becomes of mail, in the words of OverLimitAction and Suspended. */
static const char *action_words(const char *action) {
        static const struct {
                const char *action;
                const char *words;
        } table[] = {
                { "hold", "is held" },
                { "defer", "is deferred" },
                { "reject", "is refused" },
                { "observe", "is only noted" },
        };

        for (size_t i = 0; i < ELEMENTS_OF(table); i++)
                if (string_equal(action, table[i].action))
                        return table[i].words;
        return "is treated otherwise";
}

/* Why mail is held or a limit reached. */
static void append_cause(const json_t *json, Text *text) {
        const char *because = string_of(json, "Because");

        if (string_equal(because, "failed"))
                text_append_string(text, "too much of what it has sent has failed");
        else if (string_equal(because, "suspended"))
                text_append_string(text, "it is suspended by hand");
        else {
                text_append_string(text, "the limit of ");
                text_append_number(text, number_of(json, "Limit"));
                text_append_string(
                                text,
                                string_equal(string_of(json, "Window"), "day")
                                                ? " recipients a day is reached"
                                                : " recipients an hour is reached");
        }
}

static void append_held(const json_t *json, Text *text) {
        text_append_string(text, "message held: ");
        append_cause(json, text);
}

static void append_limit(const json_t *json, Text *text) {
        append_cause(json, text);
        text_append_format(text, "; more mail %s", action_words(string_of(json, "Action")));
}

static void append_released(const json_t *json, Text *text) {
        const char *how = string_of(json, "How");

        text_append_string(
                        text,
                        string_equal(how, "room")        ? "held message released: there is room"
                        : string_equal(how, "discarded") ? "held message removed by hand"
                                                         : "held message released by hand");
}

static void append_suspended(const json_t *json, Text *text) {
        const char *action = string_of(json, "Action");

        if (string_equal(action, "none"))
                text_append_string(text, "resumed by hand");
        else
                text_append_format(text, "suspended by hand; new mail %s", action_words(action));
}

static void append_attempt(const json_t *json, Text *text) {
        const char *verdict = string_of(json, "Verdict");

        text_append_format(
                        text,
                        "connection to %s port %llu %s",
                        string_of(json, "Address"),
                        (unsigned long long) number_of(json, "Port"),
                        string_equal(verdict, "redirect") ? "redirected to the local mail server"
                        : string_equal(verdict, "observe")
                                        ? "let through, as the restriction only observes"
                                        : "refused");
}

static void append_health(const json_t *json, Text *text) {
        const char *health = string_of(json, "Health");

        text_append_string(
                        text,
                        string_equal(health, "ok") ? "all is as it should be again"
                        : string_equal(health, "failed")
                                        ? "health is failed: the restriction or a limit is not in "
                                          "force"
                                        : "health is degraded: not all is as it should be");
}

static void append_problem(const json_t *json, Text *text) {
        text_append_format(text, "%s: %s", string_of(json, "Severity"), string_of(json, "Text"));
        if (*string_of(json, "Hint"))
                text_append_format(text, " (%s)", string_of(json, "Hint"));
}

static void (*const append_text[_EVENT_KIND_MAX])(const json_t *json, Text *text) = {
        [EVENT_HELD] = append_held,         [EVENT_LIMIT] = append_limit,
        [EVENT_RELEASED] = append_released, [EVENT_SUSPENDED] = append_suspended,
        [EVENT_ATTEMPT] = append_attempt,   [EVENT_HEALTH] = append_health,
        [EVENT_PROBLEM] = append_problem,
};

static int kind_of(const json_t *json, EventKind *ret) {
        const char *name = string_of(json, "Event");

        for (EventKind kind = 0; kind < _EVENT_KIND_MAX; kind++)
                if (string_equal(kinds[kind], name)) {
                        *ret = kind;
                        return 0;
                }

        return -EINVAL;
}

static bool is_harmless(EventKind kind, const json_t *json) {
        return kind == EVENT_RELEASED ||
               (kind == EVENT_ATTEMPT && string_equal(string_of(json, "Verdict"), "observe"));
}

/* Quoting makes some bytes four. */
static char *make_line(const char *data, size_t size, size_t line_size) {
        char *line = string_quote(data, size, line_size);

        if (line && strlen(line) >= line_size)
                (void) strcpy(line + line_size - sizeof("..."), "...");
        return line;
}

int event_read(const json_t *json, Event *ret) {
        CLEANUP(event_done) Event event = {};
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *words = NULL;
        const char *subject;
        size_t size;
        int r;

        assert(json && ret);

        r = kind_of(json, &event.kind);
        if (r < 0)
                return r;
        subject = string_of(json, "Subject");
        if (!*subject)
                return -EINVAL;

        append_text[event.kind](json, &text);
        r = text_finish(&text, &words, &size);
        if (r < 0)
                return r;

        event.subject = make_line(subject, strlen(subject), EVENT_SUBJECT_SIZE);
        event.text = make_line(words, size, EVENT_TEXT_SIZE);
        if (!event.subject || !event.text)
                return -ENOMEM;
        event.count = event.kind == EVENT_ATTEMPT ? MAX_OF(number_of(json, "Count"), 1) : 1;
        event.recipients = event.kind == EVENT_HELD ? number_of(json, "Recipients") : 0;
        event.harmless = is_harmless(event.kind, json);

        *ret = event;
        event = (Event){};
        return 0;
}
