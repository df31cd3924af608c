/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <nettle/base64.h>
#include <string.h>
#include <strings.h>

#include "meter/request.h"
#include "util/parse.h"
#include "util/text.h"

#define WORD_MAX (4 + BASE64_ENCODE_RAW_LENGTH(METER_TEXT_MAX)) /* with its key */

/* What of the line has not been read yet. */
typedef struct Rest {
        const char *data;
        size_t size;
} Rest;

static bool is_plain(const char *data, size_t size) {
        for (size_t i = 0; i < size; i++)
                if (data[i] <= ' ' || data[i] > '~')
                        return false;

        return true;
}

/* The next word, up to a blank or the end, NUL-terminated. Between words is one blank, and behind
 * the last one nothing. */
static int take_word(Rest *rest, char word[static WORD_MAX + 1]) {
        const char *blank;
        size_t size;

        if (!rest->data)
                return -EINVAL;

        blank = memchr(rest->data, ' ', rest->size);
        size = blank ? (size_t) (blank - rest->data) : rest->size;
        if (size > WORD_MAX || !is_plain(rest->data, size))
                return -EINVAL;

        memcpy(word, rest->data, size);
        word[size] = 0;
        *rest = blank ? (Rest){ blank + 1, rest->size - size - 1 } : (Rest){};
        return 0;
}

/* KEY=VALUE; the value may be empty. */
static int take_value(Rest *rest, const char *key, char value[static WORD_MAX + 1]) {
        size_t size = strlen(key);
        int r;

        r = take_word(rest, value);
        if (r < 0)
                return r;
        if (strncmp(value, key, size) != 0 || value[size] != '=')
                return -EINVAL;

        memmove(value, value + size + 1, strlen(value + size + 1) + 1);
        return 0;
}

static int take_number(Rest *rest, const char *key, uint64_t min, uint64_t max, uint64_t *ret) {
        char value[WORD_MAX + 1];
        uint64_t number = 0;
        int r;

        r = take_value(rest, key, value);
        if (r >= 0)
                r = parse_u64(value, max, &number);
        if (r < 0 || number < min)
                return -EINVAL;

        *ret = number;
        return 0;
}

/* Where there is no connection, Exim gives 0 or -1. */
static int take_port(Rest *rest, const char *key, uint16_t *ret) {
        char value[WORD_MAX + 1];
        uint32_t port = 0;
        int r;

        r = take_value(rest, key, value);
        if (r >= 0 && !string_equal(value, "-1"))
                r = parse_u32(value, UINT16_MAX, &port);
        if (r < 0)
                return -EINVAL;

        *ret = (uint16_t) port;
        return 0;
}

static bool is_address(const char *text) {
        struct in6_addr address;

        return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

static int take_address(Rest *rest, const char *key, char ret[static INET6_ADDRSTRLEN]) {
        char value[WORD_MAX + 1];
        int r;

        r = take_value(rest, key, value);
        if (r < 0)
                return r;
        if (value[0] && (strlen(value) >= INET6_ADDRSTRLEN || !is_address(value)))
                return -EINVAL;

        memcpy(ret, value, strlen(value) + 1);
        return 0;
}

static int take_base64(Rest *rest, const char *key, char ret[static METER_TEXT_MAX + 1]) {
        struct base64_decode_ctx context;
        uint8_t text[BASE64_DECODE_LENGTH(WORD_MAX)];
        char value[WORD_MAX + 1];
        size_t size = 0;
        int r;

        r = take_value(rest, key, value);
        if (r < 0)
                return r;

        base64_decode_init(&context);
        if (!base64_decode_update(&context, &size, text, strlen(value), value) ||
            !base64_decode_final(&context))
                return -EINVAL;
        if (size > METER_TEXT_MAX || memchr(text, 0, size))
                return -EINVAL;

        memcpy(ret, text, size);
        ret[size] = 0;
        return 0;
}

static int take_id(Rest *rest, char ret[static MESSAGE_ID_SIZE]) {
        char word[WORD_MAX + 1];
        int r;

        r = take_word(rest, word);
        if (r < 0)
                return r;
        if (!message_id_is_valid(word, strlen(word)))
                return -EINVAL;

        memcpy(ret, word, strlen(word) + 1);
        return 0;
}

/* u= h= p= la= lp= s= a= */
static int take_origin(Rest *rest, MeterRequest *request) {
        uint64_t uid;
        int r;

        r = take_number(rest, "u", 0, UINT32_MAX - 1, &uid);
        if (r < 0)
                return r;
        request->uid = (uint32_t) uid;

        r = take_address(rest, "h", request->host);
        if (r >= 0)
                r = take_port(rest, "p", &request->port);
        if (r >= 0)
                r = take_address(rest, "la", request->local_host);
        if (r >= 0)
                r = take_port(rest, "lp", &request->local_port);
        if (r >= 0)
                r = take_base64(rest, "s", request->sender);
        if (r >= 0)
                r = take_base64(rest, "a", request->auth_id);
        return r;
}

static int take_message(Rest *rest, MeterRequest *request) {
        uint64_t recipients;
        int r;

        request->question = METER_QUESTION_MESSAGE;
        r = take_id(rest, request->id);
        if (r >= 0)
                r = take_number(rest, "n", 1, METER_RECIPIENTS_MAX, &recipients);
        if (r < 0)
                return r;
        request->recipients = (uint32_t) recipients;

        r = take_number(rest, "z", 0, INT64_MAX, &request->size);
        if (r < 0)
                return r;
        return take_origin(rest, request);
}

static int take_auth(Rest *rest, MeterRequest *request) {
        request->question = METER_QUESTION_AUTH;
        return take_base64(rest, "a", request->auth_id);
}

static int take_known_uid(Rest *rest, MeterRequest *request) {
        char value[WORD_MAX + 1];
        int r;

        r = take_value(rest, "k", value);
        if (r < 0 || !value[0] || string_equal(value, "-"))
                return r;

        request->has_known_uid = true;
        return parse_u32(value, UINT32_MAX - 1, &request->known_uid);
}

static int take_release(Rest *rest, MeterRequest *request) {
        char word[WORD_MAX + 1];
        int r;

        request->question = METER_QUESTION_RELEASE;
        r = take_id(rest, request->id);
        if (r >= 0)
                r = take_word(rest, word);
        if (r >= 0)
                r = parse_u64(word, INT64_MAX, &request->age_sec);
        if (r >= 0 && rest->data) {
                request->has_origin = true;
                r = take_known_uid(rest, request);
                if (r >= 0)
                        r = take_origin(rest, request);
        }
        return r < 0 ? -EINVAL : 0;
}

int meter_request_parse(const char *line, size_t size, MeterRequest *ret) {
        MeterRequest request = {};
        Rest rest = { line, size };
        char word[WORD_MAX + 1];
        int r;

        assert(line && ret);

        if (size >= METER_REQUEST_MAX)
                return -EINVAL;

        r = take_word(&rest, word);
        if (r < 0)
                return r;

        if (string_equal(word, "D"))
                r = take_message(&rest, &request);
        else if (string_equal(word, "P")) {
                request.question = METER_QUESTION_RECIPIENT;
                request.recipients = 1;
                r = take_origin(&rest, &request);
        } else if (string_equal(word, "A"))
                r = take_auth(&rest, &request);
        else if (string_equal(word, "H"))
                r = take_release(&rest, &request);
        else
                return -EINVAL;
        if (r < 0)
                return r;
        if (rest.data)
                return -EINVAL;

        *ret = request;
        return 0;
}

bool meter_request_has_connection(const MeterRequest *request) {
        return request->host[0] && request->port > 0;
}

bool meter_request_is_probe(const MeterRequest *request) {
        const char *at = strrchr(request->sender, '@');

        return request->port == 0 && request->uid == 0 && at &&
               strcasecmp(at + 1, "selftest.invalid") == 0;
}
