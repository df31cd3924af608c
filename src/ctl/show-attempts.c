/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/show.h"

#define SHOWN_MAX 4 /* destinations of one user; --json has more */

/* "reject", or "reject,redirect" where destinations differ. */
static void append_verdicts(Text *text, const json_t *destinations) {
        const json_t *entry;
        size_t i;

        json_array_foreach((json_t *) destinations, i, entry) {
                const char *verdict = show_string(entry, "Verdict") ?: "?";

                if (!text->data || !strstr(text->data, verdict))
                        text_append_format(text, "%s%s", text->size > 0 ? "," : "", verdict);
        }
}

static void append_destinations(Text *text, const json_t *user) {
        const json_t *destinations = json_object_get(user, "Destinations"), *entry;
        long long known = show_number(user, "DestinationCount");
        size_t i;

        json_array_foreach((json_t *) destinations, i, entry) {
                const char *address = show_string(entry, "Address") ?: "?";
                bool is_v6 = strchr(address, ':') != NULL;

                if (i == SHOWN_MAX)
                        break;
                text_append_format(
                                text,
                                "%s%s%s%s:%lld (%lld)",
                                i > 0 ? ", " : "",
                                is_v6 ? "[" : "",
                                address,
                                is_v6 ? "]" : "",
                                show_number(entry, "Port"),
                                show_number(entry, "Count"));
        }
        if (known > (long long) i)
                text_append_format(text, ", and %lld more", known - (long long) i);
}

static void add_text(Table *table, Text *text) {
        CLEANUP(freep) char *string = NULL;

        if (text->size == 0)
                text_append_string(text, "-");
        if (text_finish(text, &string, NULL) < 0)
                table->failed = true;
        table_add(table, COLOR_NONE, string);
}

static void add_user(Table *table, const json_t *user) {
        CLEANUP(text_done) Text verdicts = {}, destinations = {};
        CLEANUP(freep) char *last = show_time(show_number(user, "Last"));
        const char *interface = show_string(user, "Interface");
        const char *name = show_string(user, "User");

        table->failed = table->failed || !last;
        append_verdicts(&verdicts, json_object_get(user, "Destinations"));
        append_destinations(&destinations, user);
        if (interface)
                text_append_string(&verdicts, show_string(user, "Verdict") ?: "?");

        if (interface)
                table_add_format(table, COLOR_NONE, "interface:%s", interface);
        else if (name && *name)
                table_add(table, COLOR_NONE, name);
        else
                table_add_format(table, COLOR_NONE, "uid %lld", show_number(user, "Uid"));
        table_add_format(table, COLOR_NONE, "%lld", show_number(user, "Count"));
        add_text(table, &verdicts);
        table_add(table, COLOR_NONE, last);
        add_text(table, &destinations);
}

void show_attempts(const json_t *attempts, const Style *style, Text *text) {
        CLEANUP(table_done) Table table = { .columns = 5, .numbers = 1 << 1 };
        const json_t *user;
        size_t i;

        if (json_array_size(attempts) == 0) {
                text_append_string(text, "Nobody has tried who may not.\n");
                return;
        }

        table_add(&table, COLOR_BOLD, "USER");
        table_add(&table, COLOR_BOLD, "COUNT");
        table_add(&table, COLOR_BOLD, "VERDICT");
        table_add(&table, COLOR_BOLD, "LAST");
        table_add(&table, COLOR_BOLD, "TO");
        json_array_foreach((json_t *) attempts, i, user) add_user(&table, user);

        table_append_to(&table, style, text);
}
