/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "exim/probe-text.h"
#include "util/text.h"

#define HEADER "smtp-restrictions-check 1"

typedef struct Field {
        const char *name;
        size_t offset;
} Field;

static const Field fields[] = {
        { "binary ", offsetof(EximProbeRequest, binary) },
        { "staged ", offsetof(EximProbeRequest, staged) },
        { "real ", offsetof(EximProbeRequest, real) },
        { "domain ", offsetof(EximProbeRequest, domain) },
};

static char **field_of(const EximProbeRequest *request, const Field *field) {
        return (char **) (void *) ((char *) request + field->offset);
}

static const char *const verdicts[_EXIM_VERDICT_MAX] = {
        [EXIM_VERDICT_GOOD] = "good ",
        [EXIM_VERDICT_UNKNOWN] = "unknown ",
        [EXIM_VERDICT_BROKEN] = "broken ",
};

void exim_probe_request_done(EximProbeRequest *request) {
        for (size_t i = 0; i < ELEMENTS_OF(fields); i++)
                free(*field_of(request, &fields[i]));
        *request = (EximProbeRequest){};
}

int exim_probe_request_to_text(const EximProbeRequest *request, char **ret_text) {
        CLEANUP(text_done) Text text = {};

        text_append_string(&text, HEADER "\n");
        for (size_t i = 0; i < ELEMENTS_OF(fields); i++) {
                const char *value = *field_of(request, &fields[i]);

                if (!value || !value[0] || strchr(value, '\n'))
                        return -EINVAL;
                text_append_format(&text, "%s%s\n", fields[i].name, value);
        }
        if (text.size > EXIM_PROBE_TEXT_MAX)
                return -EINVAL;

        return text_finish(&text, ret_text, NULL);
}

/* The rest of the line at the cursor behind the prefix. */
static int take_line(const char **cursor, const char *prefix, char **ret_value) {
        const char *value = string_after_prefix(*cursor, prefix);
        const char *end = value ? strchr(value, '\n') : NULL;
        char *copy;

        if (!end)
                return -EBADMSG;

        copy = strndup(value, (size_t) (end - value));
        if (!copy)
                return -ENOMEM;

        *cursor = end + 1;
        *ret_value = copy;
        return 0;
}

int exim_probe_request_parse(const char *text, EximProbeRequest *ret) {
        CLEANUP(exim_probe_request_done) EximProbeRequest request = {};
        const char *cursor = string_after_prefix(text, HEADER "\n");

        if (!cursor)
                return -EBADMSG;

        for (size_t i = 0; i < ELEMENTS_OF(fields); i++) {
                char **value = field_of(&request, &fields[i]);
                int r = take_line(&cursor, fields[i].name, value);

                if (r < 0)
                        return r;
                if (!(*value)[0])
                        return -EBADMSG;
        }
        if (*cursor || request.binary[0] != '/' || request.staged[0] != '/')
                return -EBADMSG;

        *ret = request;
        request = (EximProbeRequest){};
        return 0;
}

char *exim_probe_answer_to_text(EximVerdict verdict, const char *words) {
        return string_format(HEADER "\n%s%s\n", verdicts[verdict], words ?: "");
}

int exim_probe_answer_parse(const char *text, EximVerdict *ret, char **ret_words) {
        const char *cursor = string_after_prefix(text, HEADER "\n");
        CLEANUP(freep) char *words = NULL;
        int r = -EBADMSG;
        size_t i;

        for (i = 0; cursor && r == -EBADMSG && i < _EXIM_VERDICT_MAX; i++)
                r = take_line(&cursor, verdicts[i], &words);
        if (r < 0)
                return r;
        if (*cursor || strlen(words) > EXIM_PROBE_TEXT_MAX)
                return -EBADMSG;
        for (const char *s = words; *s; s++)
                if (*s < ' ' || *s > '~')
                        return -EBADMSG;

        *ret = (EximVerdict) (i - 1);
        *ret_words = TAKE(words);
        return 0;
}
