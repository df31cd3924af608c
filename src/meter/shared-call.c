/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <nettle/sha1.h>
#include <stdio.h>

#include "meter/shared-call.h"
#include "meter/shared-script.h"
#include "util/parse.h"

static const char *const modes[_SHARED_MODE_MAX] = {
        [SHARED_LOOK] = "look", [SHARED_ASK] = "ask",     [SHARED_FORCE] = "force",
        [SHARED_TELL] = "tell", [SHARED_RESET] = "reset",
};

void shared_event_write(Text *events, int64_t age_sec, int64_t count) {
        text_append_number(events, (uint64_t) MAX_OF(age_sec, (int64_t) 0));
        text_append_string(events, count < 0 ? " -" : " ");
        text_append_number(events, (uint64_t) (count < 0 ? -count : count));
        text_append_string(events, ",");
}

static void put(Text *text, const char *data, size_t size) {
        text_append_string(text, "$");
        text_append_number(text, size);
        text_append_string(text, "\r\n");
        text_append(text, data, size);
        text_append_string(text, "\r\n");
}

static void put_string(Text *text, const char *string) {
        put(text, string, strlen(string));
}

static void put_number(Text *text, uint64_t number) {
        char digits[24];

        (void) snprintf(digits, sizeof(digits), "%" PRIu64, number);
        put_string(text, digits);
}

/* The server knows a script by this. */
static void put_script_name(Text *text) {
        uint8_t digest[SHA1_DIGEST_SIZE];
        char name[2 * SHA1_DIGEST_SIZE + 1];
        struct sha1_ctx context;

        sha1_init(&context);
        sha1_update(&context, strlen(shared_script), (const uint8_t *) shared_script);
        sha1_digest(&context, sizeof(digest), digest);
        for (size_t i = 0; i < sizeof(digest); i++)
                (void) snprintf(name + 2 * i, 3, "%02x", digest[i]);
        put_string(text, name);
}

static void put_key(Text *text, const SharedPart *part) {
        CLEANUP(text_done) Text key = {};

        text_append_format(&key, "smtp-restrictions:hosts:%s:", subject_kind_to_string(part->kind));
        text_append_string(&key, part->name);
        put(text, key.data ?: "", key.size);
        text->failed = text->failed || key.failed;
}

static void put_part(Text *text, const SharedPart *part) {
        put_string(text, part->expected);
        put_string(text, part->next);
        for (WindowLength i = 0; i < _WINDOW_LENGTH_MAX; i++)
                put_number(text, part->limits[i]);
        put(text, part->events.data ?: "", part->events.size);
        text->failed = text->failed || part->events.failed;
}

void shared_call_write(
                Text *text,
                const char *host,
                SharedMode mode,
                uint32_t recipients,
                const SharedPart parts[],
                size_t count,
                bool with_script) {
        /* command, script, number of keys, host, recipients, mode; key and five more of each part
         */
        text_append_format(text, "*%zu\r\n", 6 + 6 * count);
        put_string(text, with_script ? "EVAL" : "EVALSHA");
        if (with_script)
                put_string(text, shared_script);
        else
                put_script_name(text);
        put_number(text, count);
        for (size_t i = 0; i < count; i++)
                put_key(text, &parts[i]);

        put_string(text, host);
        put_number(text, recipients);
        put_string(text, modes[mode]);
        for (size_t i = 0; i < count; i++)
                put_part(text, &parts[i]);
}

/* " NUMBER" for each window of each part, and nothing else. */
static int read_numbers(const char *text, size_t count, SharedReply *reply) {
        for (size_t i = 0; i < count * _WINDOW_LENGTH_MAX; i++) {
                uint64_t *number = &reply->used[i / _WINDOW_LENGTH_MAX][i % _WINDOW_LENGTH_MAX];
                char digits[24];
                size_t size;

                if (*text++ != ' ')
                        return -EBADMSG;
                size = strcspn(text, " ");
                if (size >= sizeof(digits))
                        return -EBADMSG;
                memcpy(digits, text, size);
                digits[size] = 0;
                /* far from where a sum of some of them would wrap */
                if (parse_u64(digits, INT64_MAX, number) < 0)
                        return -EBADMSG;
                text += size;
        }

        return *text ? -EBADMSG : 0;
}

int shared_reply_read(const char *line, size_t count, SharedReply *ret) {
        SharedReply reply = {};
        const char *numbers;
        int r;

        assert(line && count <= _SUBJECT_KIND_MAX && ret);

        if (string_equal(line, "+again"))
                reply.kind = SHARED_AGAIN;
        else if (string_after_prefix(line, "-NOSCRIPT"))
                reply.kind = SHARED_NO_SCRIPT;
        else {
                reply.kind = SHARED_RESERVED;
                numbers = string_after_prefix(line, "+reserved");
                if (!numbers) {
                        reply.kind = SHARED_OVER;
                        numbers = string_after_prefix(line, "+over");
                }
                if (!numbers)
                        return -EBADMSG;
                r = read_numbers(numbers, count, &reply);
                if (r < 0)
                        return r;
        }

        *ret = reply;
        return 0;
}
