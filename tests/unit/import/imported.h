/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the tests of imports share: a text through one of the functions, and what came of it. */

#include <errno.h>
#include <glib.h>

#include "import/import.h"
#include "util/text.h"

typedef int (*Reader)(Import *import, char *text, size_t size, Failure *reterr);

static inline char *imported_dump(const json_t *json) {
        char *dump = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

        g_assert_nonnull(dump);
        return dump;
}

/* "SETTING=VALUE;" of each remark. */
static inline char *imported_remarks(const Import *import) {
        CLEANUP(text_done) Text text = {};
        const json_t *remark;
        char *string;
        size_t i;

        json_array_foreach(import->remarks, i, remark) {
                g_assert_cmpuint(json_string_length(json_object_get(remark, "Text")), >, 0);
                text_append_format(
                                &text,
                                "%s=%s;",
                                json_string_value(json_object_get(remark, "Setting")),
                                json_string_value(json_object_get(remark, "Value")));
        }
        g_assert_cmpint(text_finish(&text, &string, NULL), ==, 0);
        return string;
}

static inline void assert_policy(const Import *import, const char *expected) {
        CLEANUP(freep) char *dump = imported_dump(import->policy);

        g_assert_cmpint(import_finish(import), ==, 0);
        g_assert_cmpstr(dump, ==, expected);
}

static inline void assert_remarks(const Import *import, const char *expected) {
        CLEANUP(freep) char *remarks = imported_remarks(import);

        g_assert_cmpstr(remarks, ==, expected);
}

static inline void assert_imported(
                Reader reader, const char *text, const char *policy, const char *remarks) {
        CLEANUP(import_done) Import import = {};
        CLEANUP(freep) char *copy = g_strdup(text);

        import_init(&import);
        g_assert_cmpint(reader(&import, copy, strlen(copy), NULL), ==, 0);
        assert_policy(&import, policy);
        assert_remarks(&import, remarks);
}

static inline void assert_is_none(Reader reader, const char *text, const char *words) {
        CLEANUP(import_done) Import import = {};
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(freep) char *copy = g_strdup(text);

        import_init(&import);
        g_assert_cmpint(reader(&import, copy, strlen(copy), &failure), ==, -EINVAL);
        if (!strstr(failure.text, words))
                g_error("'%s' is not in: %s", words, failure.text);
}
