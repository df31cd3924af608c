/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "meter/log-address.h"

/* So many addresses that begin with a quote are looked at: each may cost a walk over the line. */
#define QUOTED_MAX 8

/* Behind a quoted part that begins at the cursor. */
static bool skip_quoted(LogCursor *cursor) {
        const char *s = cursor->next + 1;

        for (; s < cursor->end && *s != '"'; s++)
                if (*s == '\\' && ++s == cursor->end)
                        return false;
        if (s == cursor->end)
                return false;

        cursor->next = s + 1;
        return true;
}

/* Behind all bytes before `stop` (or the end), with no regard to those that are quoted. */
static bool skip_to(LogCursor *cursor, char stop) {
        LogCursor probe = *cursor;

        while (probe.next < probe.end && *probe.next != stop)
                if (*probe.next != '"')
                        probe.next++;
                else if (!skip_quoted(&probe))
                        return false;

        *cursor = probe;
        return true;
}

bool log_address_take(LogCursor *cursor, LogText *ret) {
        const char *start = cursor->next;

        if (!skip_to(cursor, ' '))
                return false;

        *ret = (LogText){ start, (size_t) (cursor->next - start) };
        return true;
}

LogText log_address_domain(LogText address) {
        const char *at = address.size > 0 ? memrchr(address.data, '@', address.size) : NULL;

        if (!at)
                return (LogText){ address.data, 0 };

        return (LogText){ at + 1, (size_t) (address.data + address.size - at - 1) };
}

/* Is here what Exim writes behind a recipient? */
static bool is_behind_recipient(const LogCursor *cursor) {
        static const char *const parts[] = {
                " R=", " T=", " defer (", " F=<", ": ", " Q=", " P=<", " routing defer (",
        };

        if (cursor->next == cursor->end)
                return true;
        for (size_t i = 0; i < ELEMENTS_OF(parts); i++)
                if (log_cursor_is_at(cursor, parts[i]))
                        return true;

        return false;
}

/* "[ (parent, ...)][ <original>]" */
static bool skip_parents(LogCursor *cursor) {
        LogCursor probe = *cursor;

        if (log_cursor_take(&probe, " (") &&
            (!skip_to(&probe, ')') || !log_cursor_take(&probe, ")")))
                return false;
        if (log_cursor_take(&probe, " <") &&
            (!skip_to(&probe, '>') || !log_cursor_take(&probe, ">")))
                return false;
        if (!is_behind_recipient(&probe))
                return false;

        *cursor = probe;
        return true;
}

/* Is `plain` what the address at the cursor, which begins with a quoted part and ends with '>', is
 * without its quotes? */
static bool is_quoted_form_of(const LogCursor *cursor, LogText plain) {
        LogCursor probe = *cursor;
        const char *s = cursor->next + 1, *p = plain.data, *plain_end = plain.data + plain.size;
        size_t rest;

        if (!skip_quoted(&probe))
                return false;
        for (; s < probe.next - 1 && p < plain_end; s++, p++) {
                if (*s == '\\')
                        s++;
                if (*s != *p)
                        return false;
        }
        rest = (size_t) (plain_end - p);

        return s == probe.next - 1 && rest > 0 && *p == '@' && log_cursor_left(&probe) > rest &&
               memcmp(probe.next, p, rest) == 0 && probe.next[rest] == '>';
}

/*
 * The final address with blanks in it, whose quoted form is the original. It may itself be made to
 * look like an address with its original, so the longest one counts. Return: 1, 0 if there is none,
 * -1 if there are too many places to look at.
 */
static int take_quoted(LogCursor *cursor, LogText *ret_final) {
        const char *start = cursor->next, *hit;
        LogCursor probe = *cursor, place;
        int found = 0;

        for (size_t i = 0; (hit = memmem(probe.next, log_cursor_left(&probe), " <\"", 3)); i++) {
                LogText plain = { start, (size_t) (hit - start) };

                if (i == QUOTED_MAX)
                        return -1;
                place = probe = (LogCursor){ hit + 2, cursor->end };
                if (!is_quoted_form_of(&place, plain))
                        continue;
                place.next = hit;
                if (!skip_parents(&place))
                        continue;
                cursor->next = place.next;
                *ret_final = plain;
                found = 1;
        }

        return found;
}

static bool take_plain(LogCursor *cursor, LogText *ret_final) {
        LogCursor probe = *cursor;
        LogText word = log_cursor_take_word(&probe);

        /* "a@b.example: text" */
        if (word.size > 0 && word.data[word.size - 1] == ':') {
                word.size--;
                probe.next--;
        }
        /* a local part alone is that of an original which follows */
        if (!memchr(word.data, '@', word.size) && !log_cursor_is_at(&probe, " <") &&
            !log_cursor_is_at(&probe, " ("))
                return false;
        if (!skip_parents(&probe))
                return false;

        *cursor = probe;
        *ret_final = word;
        return true;
}

/* A pipe, a file, or what a filter says: behind it the original, which has no blank there. */
static bool take_local(LogCursor *cursor, LogText *ret_final) {
        const char *start = cursor->next;
        const char *hit = memmem(start, log_cursor_left(cursor), " <", 2);
        LogCursor probe = *cursor;

        if (!hit)
                return false;
        probe.next = hit;
        if (!skip_parents(&probe))
                return false;

        *cursor = probe;
        *ret_final = (LogText){ start, (size_t) (hit - start) };
        return true;
}

static bool is_local(const LogCursor *cursor) {
        return log_cursor_is_at(cursor, "|") || log_cursor_is_at(cursor, "/") ||
               log_cursor_is_at(cursor, ">") || log_cursor_is_at(cursor, "save ");
}

bool log_address_take_recipient(LogCursor *cursor, LogText *ret, LogText *ret_domain) {
        const char *start = cursor->next;
        bool local = is_local(cursor);
        LogText final;
        int quoted = take_quoted(cursor, &final);

        if (quoted < 0)
                return false;
        if (quoted > 0)
                local = false;
        else if (local ? !take_local(cursor, &final) : !take_plain(cursor, &final))
                return false;

        *ret = (LogText){ start, (size_t) (cursor->next - start) };
        *ret_domain = local ? (LogText){ start, 0 } : log_address_domain(final);
        return true;
}
