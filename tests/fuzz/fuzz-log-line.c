/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Any bytes as a line of Exim's log: no crash, and no text from outside of the line. Then the same
 * bytes as what a client may choose in a line that Exim writes: nothing of it passes for another
 * sender, host, account or receiver than the true one.
 */

#include "fuzz.h"
#include "meter/log-line.h"
#include "util/text.h"

#define BEGIN "2026-11-20 08:39:49 1xUK9t-0002H3-2M "

/* What the client has chosen; no newline in it, which Exim replaces. */
typedef struct Chosen {
        char *parts[5]; /* owned */
} Chosen;

static void chosen_done(Chosen *chosen) {
        for (size_t i = 0; i < ELEMENTS_OF(chosen->parts); i++)
                free(chosen->parts[i]);
}

static char *copy_of_line(const uint8_t *data, size_t size) {
        char *copy = malloc(size + 1);

        require(copy, "there is memory");
        for (size_t i = 0; i < size; i++)
                copy[i] = data[i] == 0 || data[i] == '\n' ? '?' : (char) data[i];
        copy[size] = 0;
        return copy;
}

/* The lines of the input, the last one is the rest. */
static void choose(const uint8_t *data, size_t size, Chosen *ret) {
        const uint8_t *end = data + size;

        for (size_t i = 0; i < ELEMENTS_OF(ret->parts); i++) {
                const uint8_t *newline = memchr(data, '\n', (size_t) (end - data));
                const uint8_t *stop = newline && i + 1 < ELEMENTS_OF(ret->parts) ? newline : end;

                ret->parts[i] = copy_of_line(data, (size_t) (stop - data));
                data = stop < end ? stop + 1 : end;
        }
}

/* As RFC 5322 quotes a local part. */
static char *quoted(const char *plain) {
        CLEANUP(text_done) Text text = {};
        char *result;
        size_t size;

        text_append(&text, "\"", 1);
        for (; *plain; plain++) {
                if (*plain == '"' || *plain == '\\')
                        text_append(&text, "\\", 1);
                text_append(&text, plain, 1);
        }
        text_append(&text, "\"", 1);
        require(text_finish(&text, &result, &size) == 0, "there is memory");
        return result;
}

static bool is(LogText text, const char *expected) {
        return text.data && text.size == strlen(expected) &&
               memcmp(text.data, expected, text.size) == 0;
}

static void check_inside(LogText text, const char *line, size_t size) {
        require(!text.data || (text.data >= line && text.size <= size &&
                               text.data + text.size <= line + size),
                "a text is a part of the line");
        require(text.data || text.size == 0, "what is not there has no size");
}

static void check_any(const char *data, size_t size) {
        LogLine line;

        log_line_parse(data, size, &line);
        check_inside(line.stamp, data, size);
        check_inside(line.id, data, size);
        check_inside(line.sender, data, size);
        check_inside(line.authenticator, data, size);
        check_inside(line.auth_id, data, size);
        check_inside(line.local_user, data, size);
        check_inside(line.protocol, data, size);
        check_inside(line.host_address, data, size);
        check_inside(line.parent, data, size);
        check_inside(line.recipient, data, size);
        check_inside(line.recipient_domain, data, size);
        check_inside(line.verdict, data, size);
        require(line.kind <= LOG_LINE_OTHER || line.id.size > 0, "an event is a message's");
        require((line.kind == LOG_LINE_ACCEPTED) == (line.sender.data != NULL),
                "what is accepted has a sender");
        require((line.kind == LOG_LINE_HELD) == (line.code == -23), "held is what has that code");
        require(!line.is_ambiguous || (!line.auth_id.data && !line.host_address.data),
                "what is ambiguous is nobody's");
}

/* By SMTP, with an account or without. */
static void check_accepted(const Chosen *chosen, bool with_account) {
        CLEANUP(freep) char *local = quoted(chosen->parts[0]), *id = quoted(chosen->parts[3]);
        CLEANUP(freep) char *text = NULL;
        CLEANUP(freep) char *sender = NULL;
        LogLine line;

        text = string_format(
                        BEGIN "<= %s@low.test H=(%s) [203.0.113.25] P=esmtp X=TLS CV=no "
                              "DN=\"%s\"%s S=439 id=%s@vm T=\"%s\"",
                        local,
                        chosen->parts[1],
                        chosen->parts[2],
                        with_account ? " A=plain:bob" : "",
                        id,
                        chosen->parts[4]);
        sender = string_format("%s@low.test", local);
        require(text && sender, "there is memory");
        log_line_parse(text, strlen(text), &line);
        if (line.kind == LOG_LINE_UNPARSABLE) {
                require(strlen(text) > LOG_LINE_SIZE_MAX, "only too long a line has no sender");
                return;
        }

        require(line.kind == LOG_LINE_ACCEPTED, "it is accepted whatever it is called");
        require(is(line.sender, sender), "the sender is the true one");
        if (line.is_ambiguous)
                return;
        require(is(line.host_address, "203.0.113.25"), "the host is the true one");
        require(with_account ? is(line.auth_id, "bob") : !line.authenticator.data,
                "the account is the true one");
        require(line.size == 439 && is(line.protocol, "esmtp"), "and so is the rest");
}

static void check_recipient(const Chosen *chosen, const char *flag, const char *rest) {
        CLEANUP(freep) char *local = quoted(chosen->parts[0]), *text = NULL;
        LogLine line;

        text =
                        string_format(BEGIN "%s %s@remote.test <%s@remote.test>%s",
                                      flag,
                                      chosen->parts[0],
                                      local,
                                      rest);
        require(text, "there is memory");
        log_line_parse(text, strlen(text), &line);
        if (line.kind == LOG_LINE_UNPARSABLE || line.kind == LOG_LINE_DISCARDED)
                return;

        require(line.kind != LOG_LINE_HELD, "what is not held does not look so");
        require(line.recipient_domain.size == 0 || is(line.recipient_domain, "remote.test"),
                "the receiver is the true one");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(chosen_done) Chosen chosen = {};
        CLEANUP(freep) char *copy = malloc(size + 1);
        CLEANUP(freep) char *event = NULL;

        require(copy, "there is memory");
        memcpy(copy, data, size);
        check_any(copy, size);

        choose(data, size, &chosen);
        event = string_format(BEGIN "%s", chosen.parts[0]);
        require(event, "there is memory");
        check_any(event, strlen(event));
        check_accepted(&chosen, true);
        check_accepted(&chosen, false);
        check_recipient(&chosen, "=>", " R=remote T=remote_smtp H=x [203.0.113.25]");
        check_recipient(&chosen, "**", ": retry timeout exceeded");
        check_recipient(&chosen, "==", " R=remote T=remote_smtp defer (-44): later");
        return 0;
}
