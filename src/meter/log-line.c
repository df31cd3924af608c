/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "meter/log-line.h"
#include "meter/log-accepted.h"
#include "meter/log-address.h"
#include "util/message-id.h"

#define HELD_CODE (-23) /* Exim's ERRNO_HELD */

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

/* A 0 in the form is any digit. */
static bool has_form(const char *s, const char *form) {
        for (; *form; s++, form++)
                if (*form == '0' ? !is_digit(*s) : *s != *form)
                        return false;

        return true;
}

/* "2026-11-20 08:39:49[.123][ +0100] " */
static bool take_stamp(LogCursor *cursor, LogText *ret) {
        const char *start = cursor->next;

        if (log_cursor_left(cursor) < 20 || !has_form(start, "0000-00-00 00:00:00"))
                return false;
        cursor->next += 19;
        if (log_cursor_left(cursor) > 4 && has_form(cursor->next, ".000"))
                cursor->next += 4;
        if (log_cursor_left(cursor) > 6 &&
            (has_form(cursor->next, " +0000") || has_form(cursor->next, " -0000")))
                cursor->next += 6;

        *ret = (LogText){ start, (size_t) (cursor->next - start) };
        return log_cursor_take(cursor, " ");
}

/* "[123] " */
static void skip_pid(LogCursor *cursor) {
        LogCursor probe = *cursor;
        uint64_t pid;

        if (log_cursor_take(&probe, "[") && log_cursor_take_number(&probe, UINT32_MAX, &pid) &&
            log_cursor_take(&probe, "] "))
                *cursor = probe;
}

/* An id and a blank. */
static bool take_id(LogCursor *cursor, LogText *ret) {
        LogCursor probe = *cursor;
        LogText word = log_cursor_take_word(&probe);

        if (!message_id_is_valid(word.data, word.size) || !log_cursor_take(&probe, " "))
                return false;

        *ret = word;
        *cursor = probe;
        return true;
}

static LogLineKind parse_delivered(LogCursor *cursor, LogLine *line, LogLineKind kind) {
        if (log_cursor_is_at(cursor, ":blackhole:") || log_cursor_is_at(cursor, "blackhole ("))
                return LOG_LINE_DISCARDED;

        return log_address_take_recipient(cursor, &line->recipient, &line->recipient_domain)
                               ? kind
                               : LOG_LINE_UNPARSABLE;
}

/* "ADDRESS[ Q=queue][ R=router][ T=transport][ routing] defer (CODE)" */
static LogLineKind parse_deferred(LogCursor *cursor, LogLine *line) {
        LogText ignored;
        uint64_t code;
        bool negative;

        if (!log_address_take_recipient(cursor, &line->recipient, &line->recipient_domain))
                return LOG_LINE_UNPARSABLE;

        (void) log_cursor_take_field(cursor, " Q=", &ignored);
        (void) log_cursor_take_field(cursor, " R=", &ignored);
        (void) log_cursor_take_field(cursor, " T=", &ignored);
        (void) log_cursor_take(cursor, " routing");
        if (!log_cursor_take(cursor, " defer ("))
                return LOG_LINE_UNPARSABLE;
        negative = log_cursor_take(cursor, "-");
        if (!log_cursor_take_number(cursor, INT32_MAX, &code) || !log_cursor_take(cursor, ")"))
                return LOG_LINE_UNPARSABLE;

        line->code = negative ? -(int) code : (int) code;
        return line->code == HELD_CODE ? LOG_LINE_HELD : LOG_LINE_DEFERRED;
}

/* "VERDICT n=COUNT uid=UID", to the end of the line: what an administrator's own logwrite puts
 * there shall not pass for it by accident. */
static LogLineKind parse_verdict(LogCursor *cursor, LogLine *line) {
        uint64_t count, uid = 0;

        line->verdict = log_cursor_take_word(cursor);
        if (line->verdict.size == 0 || !log_cursor_take(cursor, " n=") ||
            !log_cursor_take_number(cursor, UINT32_MAX, &count) ||
            !log_cursor_take(cursor, " uid="))
                return LOG_LINE_UNPARSABLE;
        line->has_uid = !log_cursor_take(cursor, "-");
        if (line->has_uid && !log_cursor_take_number(cursor, UINT32_MAX, &uid))
                return LOG_LINE_UNPARSABLE;
        if (cursor->next != cursor->end)
                return LOG_LINE_UNPARSABLE;

        line->count = (uint32_t) count;
        line->uid = (uint32_t) uid;
        return LOG_LINE_VERDICT;
}

/* "H=host F=<sender> rejected after DATA: text". Where a colon comes first it is a host's answer to
 * a delivery. */
static bool is_rejected(const LogCursor *cursor) {
        const char *hit, *colon;

        if (!log_cursor_is_at(cursor, "H=") && !log_cursor_is_at(cursor, "F=<") &&
            !log_cursor_is_at(cursor, "U="))
                return false;
        hit = memmem(cursor->next, log_cursor_left(cursor), " rejected ", 10);
        colon = memmem(cursor->next, log_cursor_left(cursor), ": ", 2);
        return hit && (!colon || hit < colon);
}

static LogLineKind parse_words(LogCursor *cursor, LogLine *line) {
        if (log_cursor_take(cursor, "Completed"))
                return log_cursor_is_at_end(cursor) ? LOG_LINE_COMPLETED : LOG_LINE_OTHER;
        if (log_cursor_take(cursor, "smtp-restrictions: "))
                return parse_verdict(cursor, line);

        return is_rejected(cursor) ? LOG_LINE_REJECTED : LOG_LINE_OTHER;
}

/* Behind the id. */
static LogLineKind parse_event(LogCursor *cursor, LogLine *line) {
        if (log_cursor_take(cursor, "=> ") || log_cursor_take(cursor, "-> ") ||
            log_cursor_take(cursor, ">> "))
                return parse_delivered(cursor, line, LOG_LINE_DELIVERED);
        if (log_cursor_take(cursor, "<= ") || log_cursor_take(cursor, "(= "))
                return log_accepted_parse(cursor, line) ? LOG_LINE_ACCEPTED : LOG_LINE_UNPARSABLE;
        if (log_cursor_take(cursor, "== "))
                return parse_deferred(cursor, line);
        if (log_cursor_take(cursor, "** "))
                return parse_delivered(cursor, line, LOG_LINE_FAILED);
        if (log_cursor_take(cursor, "*> "))
                return parse_delivered(cursor, line, LOG_LINE_DISCARDED);

        return parse_words(cursor, line);
}

void log_line_parse(const char *data, size_t size, LogLine *ret) {
        LogCursor cursor;

        *ret = (LogLine){};
        if (size == 0 || size > LOG_LINE_SIZE_MAX)
                return;

        cursor = (LogCursor){ data, data + size };
        if (!take_stamp(&cursor, &ret->stamp))
                return;

        skip_pid(&cursor);
        ret->kind = take_id(&cursor, &ret->id) ? parse_event(&cursor, ret) : LOG_LINE_OTHER;
        /* nothing of what was read so far */
        if (ret->kind == LOG_LINE_UNPARSABLE)
                *ret = (LogLine){ .stamp = ret->stamp, .id = ret->id };
}
