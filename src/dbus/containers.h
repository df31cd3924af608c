/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Arrays and dictionaries of answers: each is opened, filled by a function, and closed. All return
 * 0 or more, or a negative errno: sd-bus's, or the function's.
 */

#include <systemd/sd-bus.h>

#include "util/macro.h"

/* Appends one item of an array, of what `items` has at this place. */
typedef int (*AppendItem)(sd_bus_message *m, const void *items, size_t place);
/* Appends the entries of one a{sv}, with what is known of its `subject`. */
typedef int (*AppendEntries)(sd_bus_message *m, const void *subject);

/* An array of `type`, with one item for each place below `count`. */
WARN_UNUSED int array_append(
                sd_bus_message *m,
                const char *type,
                AppendItem append,
                const void *items,
                size_t count);
/* a{sv} */
WARN_UNUSED int dictionary_append(sd_bus_message *m, AppendEntries append, const void *subject);

/* Entries of an a{sv} that is open, {sv}. */
/* Up to the value, which follows; then entry_close(). */
WARN_UNUSED int entry_open(sd_bus_message *m, const char *key, const char *type);
WARN_UNUSED int entry_close(sd_bus_message *m);
/* s, of any bytes; NULL: no entry */
WARN_UNUSED int entry_append_text(sd_bus_message *m, const char *key, const char *text);
/* The value is an array as above. */
WARN_UNUSED int entry_append_array(
                sd_bus_message *m,
                const char *key,
                const char *type,
                AppendItem append,
                const void *items,
                size_t count);
WARN_UNUSED int entry_append_dictionary(
                sd_bus_message *m, const char *key, AppendEntries append, const void *subject);
