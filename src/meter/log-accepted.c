/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "meter/log-accepted.h"
#include "meter/log-address.h"

/*
 * In Exim's order: sender R= DS H= I= TFO U= Ci= P= L X= CV= DN= SNI= A= PRDR PRX= K S= and more.
 * P= and S= are always there. The client chooses the sender (with quotes), the name in H=, DN= and
 * SNI=, the account in A= (one that exists), and what stands behind the size. Whatever he makes
 * look like a P= or S= of his own, the true one is there too; so of each there must be one.
 */

/* "H=[name ][(helo) ][address][:port]". Exim takes no blank and no parenthesis in a HELO unless it
 * is told to take anything. */
static bool take_host(LogCursor *cursor, LogText *ret_address) {
        LogCursor probe = *cursor;
        LogText word = log_cursor_take_word(&probe);

        if (word.size > 0 && word.data[0] != '(' && word.data[0] != '[') {
                if (!log_cursor_take(&probe, " "))
                        return false;
                word = log_cursor_take_word(&probe);
        }
        if (word.size > 0 && word.data[0] == '(') {
                if (word.data[word.size - 1] != ')' || memchr(word.data + 1, '(', word.size - 1) ||
                    memchr(word.data, ')', word.size - 1) || !log_cursor_take(&probe, " "))
                        return false;
                word = log_cursor_take_word(&probe);
        }
        if (word.size > 1 && word.data[0] == '[') {
                const char *end = memchr(word.data, ']', word.size);

                if (!end)
                        return false;
                *ret_address = (LogText){ word.data + 1, (size_t) (end - word.data - 1) };
                *cursor = probe;
                return true;
        }

        return false;
}

/* Is here what Exim writes behind DN=? */
static bool is_behind_name(const LogCursor *cursor, const char *size) {
        return cursor->next == size || log_cursor_is_at(cursor, " SNI=") ||
               log_cursor_is_at(cursor, " A=") || log_cursor_is_at(cursor, " PRDR") ||
               log_cursor_is_at(cursor, " PRX=") || log_cursor_is_at(cursor, " K ");
}

/* DN="...": quotes in it are not escaped. Return: whether there is one place where it may end. */
static bool skip_name_of_certificate(LogCursor *cursor, const char *size) {
        LogCursor probe = *cursor;
        const char *end = NULL;

        if (!log_cursor_take(&probe, " DN=\""))
                return true;
        while (probe.next < size &&
               (probe.next = memchr(probe.next, '"', (size_t) (size - probe.next)))) {
                probe.next++;
                if (!is_behind_name(&probe, size))
                        continue;
                if (end)
                        return false;
                end = probe.next;
        }
        if (!end)
                return false;

        cursor->next = end;
        return true;
}

/* The size: the one " S=" with a number and the end of a word behind it. */
static bool find_size(const LogCursor *cursor, const char **ret_place, uint64_t *ret_size) {
        LogCursor probe = *cursor;
        const char *hit, *place = NULL;
        uint64_t size;

        while ((hit = memmem(probe.next, log_cursor_left(&probe), " S=", 3))) {
                probe.next = hit + 3;
                if (!log_cursor_take_number(&probe, UINT64_MAX, &size) ||
                    !log_cursor_is_at_end(&probe))
                        continue;
                if (place)
                        return false;
                place = hit;
                *ret_size = size;
        }

        *ret_place = place;
        return place != NULL;
}

static bool has_one_protocol(const LogCursor *cursor, const char *size) {
        const char *first = memmem(cursor->next, (size_t) (size - cursor->next), " P=", 3);

        return first && !memmem(first + 1, (size_t) (size - first - 1), " P=", 3);
}

/* What a local process or a host has to do with it; up to A=. */
static bool parse_origin(LogCursor *cursor, const char *size, LogLine *line) {
        LogText ignored;

        (void) log_cursor_take_field(cursor, " R=", &line->parent);
        (void) log_cursor_take(cursor, " DS");
        if (log_cursor_take(cursor, " H=") && !take_host(cursor, &line->host_address))
                return false;
        (void) log_cursor_take_field(cursor, " I=", &ignored);
        (void) log_cursor_take_field(cursor, " TFO", &ignored);
        (void) log_cursor_take_field(cursor, " U=", &line->local_user);
        (void) log_cursor_take_field(cursor, " Ci=", &ignored);
        if (!log_cursor_take_field(cursor, " P=", &line->protocol))
                return false;
        (void) log_cursor_take_field(cursor, " L", &ignored);
        (void) log_cursor_take_field(cursor, " X=", &ignored);
        (void) log_cursor_take_field(cursor, " CV=", &ignored);
        if (!skip_name_of_certificate(cursor, size))
                return false;
        (void) log_cursor_take_field(cursor, " SNI=", &ignored);
        return true;
}

static bool drop_end(LogText *text, const char *end) {
        size_t size = strlen(end);

        if (text->size < size || memcmp(text->data + text->size - size, end, size) != 0)
                return false;

        text->size -= size;
        return true;
}

/* "[ PRDR][ PRX=address][ K]" */
static void drop_extensions(LogText *text) {
        const char *blank;

        (void) drop_end(text, " K");
        blank = memrchr(text->data, ' ', text->size);
        if (blank && text->data + text->size - blank >= 5 && memcmp(blank, " PRX=", 5) == 0)
                text->size = (size_t) (blank - text->data);
        (void) drop_end(text, " PRDR");
}

/* " A=driver[:account]" */
static bool parse_authenticated(LogText text, LogLine *line) {
        const char *colon;

        if (text.size < 4 || memcmp(text.data, " A=", 3) != 0)
                return false;

        text.data += 3;
        text.size -= 3;
        colon = memchr(text.data, ':', text.size);
        line->authenticator =
                        (LogText){ text.data, colon ? (size_t) (colon - text.data) : text.size };
        if (colon)
                line->auth_id = (LogText){ colon + 1,
                                           (size_t) (text.data + text.size - colon - 1) };
        return true;
}

static bool parse_after_sender(LogCursor *cursor, LogLine *line) {
        const char *size;
        LogText rest;

        if (!find_size(cursor, &size, &line->size) || !has_one_protocol(cursor, size) ||
            !parse_origin(cursor, size, line) || cursor->next > size)
                return false;

        rest = (LogText){ cursor->next, (size_t) (size - cursor->next) };
        drop_extensions(&rest);
        return rest.size == 0 || parse_authenticated(rest, line);
}

bool log_accepted_parse(LogCursor *cursor, LogLine *line) {
        if (log_cursor_take(cursor, "<>"))
                line->sender = (LogText){ cursor->next, 0 };
        else if (!log_address_take(cursor, &line->sender) || line->sender.size == 0)
                return false;
        if (!log_cursor_is_at_end(cursor))
                return false;

        if (!parse_after_sender(cursor, line)) {
                line->is_ambiguous = true;
                line->authenticator = line->auth_id = line->local_user = (LogText){};
                line->host_address = line->protocol = line->parent = (LogText){};
                line->size = 0;
        }
        return true;
}
