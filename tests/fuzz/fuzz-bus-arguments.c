/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Arguments of calls as anybody may send them: any keys and types, nested, cut and repeated. The
 * first byte says what is read, the rest becomes a message. No crash, and whatever is refused is
 * refused with a cause.
 */

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/codec-read.h"
#include "fuzz.h"
#include "policy/mail-limits.h"

#define TEXT_MAX  200
#define DEPTH_MAX 4

/* The bytes that are left. */
typedef struct Bytes {
        const uint8_t *data;
        size_t size;
} Bytes;

static uint8_t take(Bytes *bytes) {
        if (bytes->size == 0)
                return 0;

        bytes->size--;
        return *bytes->data++;
}

static uint64_t take_number(Bytes *bytes) {
        uint64_t number = 0;

        for (uint8_t count = take(bytes) % 9; count > 0; count--)
                number = number << 8 | take(bytes);
        return number;
}

/* A known name, or ASCII: sd-bus takes care of UTF-8 and NUL. */
static void take_text(Bytes *bytes, char text[static TEXT_MAX]) {
        static const char *const words[] = {
                "reject", "redirect", "allow",           "root",      "IfGeneration",     "DryRun",
                "Most",   "After",    "ResetMailLimits", "MeterHour", "0123456789abcdef",
        };
        size_t length, number = take(bytes);

        if (number < _POLICY_KEY_MAX) {
                (void) strcpy(text, policy_key_to_string((PolicyKey) number));
                return;
        }
        number -= _POLICY_KEY_MAX;
        if (number < _MAIL_LIMIT_MAX) {
                (void) strcpy(text, mail_limit_infos[number].key);
                return;
        }
        number -= _MAIL_LIMIT_MAX;
        if (number < ELEMENTS_OF(words)) {
                (void) strcpy(text, words[number]);
                return;
        }

        length = take(bytes) % TEXT_MAX;
        for (size_t i = 0; i < length; i++)
                text[i] = (char) (take(bytes) % 127 + 1);
        text[length] = '\0';
}

static void append_value(sd_bus_message *m, const char *type, Bytes *bytes, unsigned depth);

static void append_container(
                sd_bus_message *m, char kind, const char *content, Bytes *bytes, unsigned depth) {
        unsigned count = kind == SD_BUS_TYPE_ARRAY ? take(bytes) % 8 : 1;

        require(sd_bus_message_open_container(m, kind, content) >= 0, "it can be opened");
        for (unsigned i = 0; i < count; i++)
                append_value(m, content, bytes, depth + 1);
        require(sd_bus_message_close_container(m) >= 0, "it can be closed");
}

static void append_entry(sd_bus_message *m, const char *content, Bytes *bytes, unsigned depth) {
        const char key[] = { content[0], '\0' };

        require(sd_bus_message_open_container(m, SD_BUS_TYPE_DICT_ENTRY, content) >= 0, "opened");
        append_value(m, key, bytes, depth + 1);
        append_value(m, content + 1, bytes, depth + 1);
        require(sd_bus_message_close_container(m) >= 0, "closed");
}

static void append_value(sd_bus_message *m, const char *type, Bytes *bytes, unsigned depth) {
        static const char *const types[] = {
                "b", "u", "q", "t", "s", "i", "as", "a{qs}", "a{sv}", "au", "v", "a{sb}",
        };
        char text[TEXT_MAX];
        uint64_t number;
        size_t inner;
        int boolean;

        switch (type[0]) {
        case SD_BUS_TYPE_STRING:
                take_text(bytes, text);
                require(sd_bus_message_append_basic(m, type[0], text) >= 0, "text");
                return;
        case SD_BUS_TYPE_BOOLEAN:
                boolean = take(bytes) & 1;
                require(sd_bus_message_append_basic(m, type[0], &boolean) >= 0, "boolean");
                return;
        case SD_BUS_TYPE_VARIANT:
                inner = take(bytes) % ELEMENTS_OF(types);
                if (depth > DEPTH_MAX)
                        inner = 0;
                append_container(m, SD_BUS_TYPE_VARIANT, types[inner], bytes, depth);
                return;
        case SD_BUS_TYPE_ARRAY:
                append_container(m, SD_BUS_TYPE_ARRAY, type + 1, bytes, depth);
                return;
        case SD_BUS_TYPE_DICT_ENTRY_BEGIN: {
                char content[8];

                (void) snprintf(content, sizeof(content), "%.*s", (int) strlen(type) - 2, type + 1);
                append_entry(m, content, bytes, depth);
                return;
        }
        default:
                /* little-endian, so that the first bytes are those of a smaller type */
                number = take_number(bytes);
                require(sd_bus_message_append_basic(m, type[0], &number) >= 0, "number");
        }
}

/* A call whose arguments are all of the type, and to be read. NULL: the machine has no more. */
static sd_bus_message *make_message(const char *type, Bytes *bytes) {
        CLEANUP(sd_bus_unrefp) sd_bus *bus = NULL;
        sd_bus_message *m = NULL;
        int fds[2];

        require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0, "sockets");
        require(sd_bus_new(&bus) >= 0 && sd_bus_set_fd(bus, fds[0], fds[0]) >= 0, "connection");
        require(sd_bus_start(bus) >= 0, "start");
        (void) close(fds[1]);
        require(sd_bus_message_new_method_call(bus, &m, "org.example.Peer", "/", NULL, "Test") >= 0,
                "message");
        append_value(m, type, bytes, 0);
        require(sd_bus_message_seal(m, 1, 0) >= 0 && sd_bus_message_rewind(m, true) >= 0, "sealed");
        return m;
}

/* Each reader with the type that the vtable lets through. */
static const char *const reads[] = { "a{sv}", "a{sv}", "a{sv}", "as",    "u",     "s",
                                     "s",     "a{sv}", "a{sv}", "a{sv}", "a{sv}", "a{sv}" };

static int read_arguments(size_t which, sd_bus_message *m, PolicyChange *change, Failure *reterr) {
        ReplaceOptions options;
        AttemptFilter filter;
        Page page;
        uint64_t number;
        uint32_t seconds, most;
        char id[16];

        switch (which) {
        case 0:
        case 1:
                return codec_read_policy(m, which == 1, change, reterr);
        case 2:
                return codec_read_mail_limits(m, change, reterr);
        case 3:
                return codec_read_limit_names(m, change, reterr);
        case 4:
                return codec_read_try_seconds(m, &seconds, reterr);
        case 5:
                return codec_read_id(m, id, sizeof(id), reterr);
        case 6:
                return codec_read_past(m, &number, reterr);
        case 7:
                return codec_read_history_filter(m, &most, &number, reterr);
        case 8:
                return codec_read_replace_options(m, &options, reterr);
        case 9:
        case 10:
                return codec_read_attempt_filter(m, which == 9, &filter, reterr);
        default:
                return codec_read_page(m, &page, reterr);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        CLEANUP(policy_change_done) PolicyChange change;
        CLEANUP(failure_done) Failure failure = {};
        Bytes bytes = { .data = data, .size = size };
        const size_t which = take(&bytes) % ELEMENTS_OF(reads);
        int r;

        policy_change_init(&change);
        m = make_message(reads[which], &bytes);
        r = read_arguments(which, m, &change, &failure);
        require(r >= 0 || failure_is_set(&failure), "a refusal has a cause");
        return 0;
}
