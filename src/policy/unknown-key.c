/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "policy/unknown-key.h"
#include "util/text.h"

#define KEY_SHOWN_MAX 64 /* bytes of a stranger's key in a text */

int unknown_key_refuse(const char *key, const KeyTable *table, Failure *reterr) {
        CLEANUP(freep) char *quoted = string_quote(key, strlen(key), KEY_SHOWN_MAX);
        CLEANUP(freep) char *names = NULL;
        CLEANUP(text_done) Text text = {};

        for (size_t i = 0; i < table->count; i++)
                text_append_format(&text, "%s%s", i > 0 ? ", " : "", table->name(i));
        if (text_finish(&text, &names, NULL) < 0)
                names = NULL; /* the key alone is a text too */

        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_UNKNOWN_KEY,
                        "%s: there is no such key; there are %s",
                        quoted ?: "?",
                        names ?: "others");
}
