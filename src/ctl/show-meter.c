/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What was sent, of which limits, and what is held. */

#include "ctl/show.h"

#define BAR_WIDTH 10

/* [######++..]: used or about to be, held, free. What is over the limit is a full bar. */
static void append_bar(Text *text, long long used, long long held, long long limit) {
        long long of_used = MIN_OF(used, limit) * BAR_WIDTH / limit;
        long long of_both = MIN_OF(used + held, limit) * BAR_WIDTH / limit;

        text_append_string(text, " [");
        for (long long i = 0; i < BAR_WIDTH; i++)
                text_append_string(text, i < of_used ? "#" : i < of_both ? "+" : ".");
        text_append_string(text, "]");
}

static Color color_of(long long taken, long long limit) {
        return taken >= limit ? COLOR_RED : taken * 10 >= limit * 8 ? COLOR_YELLOW : COLOR_GREEN;
}

static void add_window(
                Table *table, const json_t *usage, const char *used_key, const char *limit_key) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *string = NULL;
        long long used = show_number(usage, used_key) + show_number(usage, "Reserved");
        long long held = show_number(usage, "Held");
        long long limit = show_number(usage, limit_key);

        text_append_format(&text, "%lld", used);
        if (limit > 0) {
                text_append_format(&text, " of %lld", limit);
                append_bar(&text, used, held, limit);
        }
        if (text_finish(&text, &string, NULL) < 0)
                table->failed = true;
        table_add(table, limit > 0 ? color_of(used + held, limit) : COLOR_NONE, string);
}

static void add_heads(Table *table, const char *const heads[], size_t count) {
        for (size_t i = 0; i < count; i++)
                table_add(table, COLOR_BOLD, heads[i]);
}

static void add_usage(Table *table, const json_t *usage) {
        table_add(table, COLOR_NONE, show_string(usage, "Subject"));
        table_add_format(table, COLOR_NONE, "%lld", show_number(usage, "Held"));
        add_window(table, usage, "HourlyUsed", "HourlyLimit");
        add_window(table, usage, "DailyUsed", "DailyLimit");
}

static const char *const usage_heads[] = { "SUBJECT", "HELD", "LAST HOUR", "LAST 24 HOURS" };

void show_usages(const json_t *usages, const Style *style, Text *text) {
        CLEANUP(table_done)
        Table table = { .columns = ELEMENTS_OF(usage_heads), .numbers = 1 << 1 };
        const json_t *usage;
        size_t i;

        if (json_array_size(usages) == 0) {
                text_append_string(text, "Nobody has sent mail to other hosts in 24 hours.\n");
                return;
        }

        add_heads(&table, usage_heads, ELEMENTS_OF(usage_heads));
        json_array_foreach((json_t *) usages, i, usage) add_usage(&table, usage);
        table_append_to(&table, style, text);
}

/* When there is room again. */
static void append_until(Text *text, const json_t *usage, const char *key, const char *window) {
        long long until = show_number(usage, key);
        CLEANUP(freep) char *when = until > 0 ? show_time(until) : NULL;
        CLEANUP(freep) char *left = until > 0 ? show_left(until) : NULL;

        if (when && left)
                text_append_format(
                                text,
                                "The limit of the %s is reached; there may be room at %s, in %s.\n",
                                window,
                                when,
                                left);
}

static void append_share(Text *text, const json_t *usage) {
        long long tried = show_number(usage, "HourlyTried");

        if (tried > 0)
                text_append_format(
                                text,
                                "Of %lld recipients tried in the last hour %lld failed or "
                                "wait%s.\n",
                                tried,
                                show_number(usage, "HourlyFailed"),
                                json_is_true(json_object_get(usage, "FailShareReached"))
                                                ? ": too many"
                                                : "");
}

static void append_auth(Text *text, const json_t *usage) {
        const char *auth = show_string(usage, "SmtpAuth");
        const char *from = show_string(usage, "SmtpAuthFrom");

        if (auth && from)
                text_append_format(
                                text,
                                "Sending by SMTP AUTH is %s, as set for the %s.\n",
                                auth,
                                from);
}

void show_usage(const json_t *usage, const Style *style, Text *text) {
        CLEANUP(table_done)
        Table table = { .columns = ELEMENTS_OF(usage_heads), .numbers = 1 << 1 };

        add_heads(&table, usage_heads, ELEMENTS_OF(usage_heads));
        add_usage(&table, usage);
        table_append_to(&table, style, text);
        append_until(text, usage, "HourlyUntil", "hour");
        append_until(text, usage, "DailyUntil", "day");
        append_share(text, usage);
        append_auth(text, usage);
}

static void add_list(Table *table, const json_t *strings) {
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *string = NULL;
        const json_t *item;
        size_t i;

        json_array_foreach((json_t *) strings, i, item) text_append_format(
                        &text, "%s%s", i > 0 ? ", " : "", json_string_value(item) ?: "?");
        if (text_finish(&text, &string, NULL) < 0)
                table->failed = true;
        table_add(table, COLOR_NONE, string);
}

/* Nothing is said of AUTH where nobody can log in. */
static void add_auth(Table *table, const json_t *row) {
        if (json_object_get(row, "AuthMessages"))
                table_add_format(table, COLOR_NONE, "%lld", show_number(row, "AuthMessages"));
        else
                table_add(table, COLOR_NONE, "-");
}

void show_report(const json_t *rows, const Style *style, Text *text) {
        static const char *const heads[] = { "SUBJECT", "MESSAGES", "RECIPIENTS",
                                             "BY AUTH", "LAST",     "FROM" };
        CLEANUP(table_done)
        Table table = { .columns = ELEMENTS_OF(heads), .numbers = 1 << 1 | 1 << 2 | 1 << 3 };
        const json_t *row;
        size_t i;

        if (json_array_size(rows) == 0) {
                text_append_string(text, "Nobody has sent mail in these days.\n");
                return;
        }

        add_heads(&table, heads, ELEMENTS_OF(heads));
        json_array_foreach((json_t *) rows, i, row) {
                CLEANUP(freep) char *last = show_time(show_number(row, "Last"));

                table.failed = table.failed || !last;
                table_add(&table, COLOR_NONE, show_string(row, "Subject"));
                table_add_format(&table, COLOR_NONE, "%lld", show_number(row, "Messages"));
                table_add_format(&table, COLOR_NONE, "%lld", show_number(row, "Recipients"));
                add_auth(&table, row);
                table_add(&table, COLOR_NONE, last);
                add_list(&table, json_object_get(row, "Addresses"));
        }
        table_append_to(&table, style, text);
}

void show_held(const json_t *messages, const Style *style, Text *text) {
        static const char *const heads[] = { "ID", "SINCE", "RECIPIENTS", "WAITS FOR ROOM OF" };
        CLEANUP(table_done) Table table = { .columns = ELEMENTS_OF(heads), .numbers = 1 << 2 };
        const json_t *message;
        size_t i;

        if (json_array_size(messages) == 0) {
                text_append_string(text, "Nothing is held.\n");
                return;
        }

        add_heads(&table, heads, ELEMENTS_OF(heads));
        json_array_foreach((json_t *) messages, i, message) {
                CLEANUP(freep) char *since = show_time(show_number(message, "Since"));

                table.failed = table.failed || !since;
                table_add(&table, COLOR_NONE, show_string(message, "Id"));
                table_add(&table, COLOR_NONE, since);
                table_add_format(&table, COLOR_NONE, "%lld", show_number(message, "Recipients"));
                add_list(&table, json_object_get(message, "Subjects"));
        }
        table_append_to(&table, style, text);
}
