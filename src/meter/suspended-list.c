/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <nettle/base64.h>
#include <stdio.h>

#include "meter/suspended-list.h"
#include "util/parse.h"

#define HEADER                                                                                     \
        "# Whose mail smtp-restrictions keeps back: see smtp-restrictionsctl(1). Exim reads it; "  \
        "do not edit.\n"

#define NAME_WORD_MAX ((size_t) BASE64_ENCODE_RAW_LENGTH(SUBJECT_SETTINGS_NAME_MAX))
#define LINE_MAX_SIZE (NAME_WORD_MAX + 64)

void suspended_list_begin(Text *text) {
        text_append_string(text, HEADER);
}

void suspended_list_append(
                Text *text, SubjectKind kind, const char *name, const SubjectSettings *settings) {
        char word[NAME_WORD_MAX + 1];
        size_t size = strlen(name);

        if (size > SUBJECT_SETTINGS_NAME_MAX)
                return;

        if (kind == SUBJECT_USER)
                text_append_format(text, "u%s", name);
        else {
                base64_encode_raw(word, size, (const uint8_t *) name);
                word[BASE64_ENCODE_RAW_LENGTH(size)] = 0;
                text_append_format(text, "%c%s", kind == SUBJECT_DOMAIN ? 'd' : 'm', word);
        }
        text_append_format(
                        text,
                        ": %s %" PRIu64 " %" PRIu32 "\n",
                        suspension_to_string(settings->suspension),
                        settings->suspended_usec,
                        settings->suspended_by);
}

/* Behind the letter. */
static int read_name(SubjectKind kind, const char *word, char ret[static SUBJECT_KEY_MAX]) {
        struct base64_decode_ctx context;
        uint8_t bytes[BASE64_DECODE_LENGTH(NAME_WORD_MAX)];
        size_t size = 0;
        uint32_t uid;

        if (kind == SUBJECT_USER) {
                if (parse_u32(word, UINT32_MAX - 1, &uid) < 0)
                        return -EINVAL;
                (void) snprintf(ret, SUBJECT_KEY_MAX, "%" PRIu32, uid);
                return 0;
        }

        base64_decode_init(&context);
        if (strlen(word) > NAME_WORD_MAX ||
            !base64_decode_update(&context, &size, bytes, strlen(word), word) ||
            !base64_decode_final(&context) || size == 0 || size > SUBJECT_SETTINGS_NAME_MAX ||
            memchr(bytes, 0, size))
                return -EINVAL;

        memcpy(ret, bytes, size);
        ret[size] = 0;
        return 0;
}

static int read_line(
                char *line,
                SubjectKind *ret_kind,
                char ret_name[static SUBJECT_KEY_MAX],
                SubjectSettings *ret) {
        static const char letters[] = "dmu"; /* in order of SubjectKind */
        char *key, *word, *since, *by, *rest = line;
        const char *letter;
        int r;

        key = strsep(&rest, ": ");
        if (!key || !key[0] || !rest || rest[0] != ' ')
                return -EINVAL;
        rest++;
        word = strsep(&rest, " ");
        since = strsep(&rest, " ");
        by = strsep(&rest, " ");
        letter = strchr(letters, key[0]);
        if (!letter || !word || !since || !by || rest)
                return -EINVAL;

        *ret_kind = (SubjectKind) (letter - letters);
        *ret = (SubjectSettings){};
        r = read_name(*ret_kind, key + 1, ret_name);
        if (r >= 0)
                r = suspension_from_string(word, &ret->suspension);
        if (r >= 0)
                r = parse_u64(since, UINT64_MAX, &ret->suspended_usec);
        if (r >= 0)
                r = parse_u32(by, UINT32_MAX, &ret->suspended_by);
        return r < 0 || ret->suspension == SUSPENSION_NONE ? -EINVAL : 0;
}

int suspended_list_read(const char *text, size_t size, SuspendedHandler handler, void *userdata) {
        const char *end = text + size;

        for (const char *from = text, *newline; from < end; from = newline + 1) {
                char line[LINE_MAX_SIZE + 1], name[SUBJECT_KEY_MAX];
                SubjectSettings settings;
                SubjectKind kind;
                int r;

                newline = memchr(from, '\n', (size_t) (end - from)) ?: end;
                if ((size_t) (newline - from) > LINE_MAX_SIZE ||
                    memchr(from, 0, (size_t) (newline - from)))
                        continue;
                memcpy(line, from, (size_t) (newline - from));
                line[newline - from] = 0;
                if (read_line(line, &kind, name, &settings) < 0)
                        continue;
                r = handler(kind, name, &settings, userdata);
                if (r != 0)
                        return r;
        }

        return 0;
}
