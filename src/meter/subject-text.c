/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "meter/subject-text.h"
#include "util/parse.h"
#include "util/text.h"
#include "util/utf8.h"

#define KEY    "Subject"
#define DIGITS "0123456789"

bool subject_kind_from_string(const char *word, SubjectKind *ret) {
        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++)
                if (string_equal(word, subject_kind_to_string(i))) {
                        *ret = i;
                        return true;
                }

        return false;
}

static int refuse(Failure *reterr, const char *text, const char *why) {
        CLEANUP(freep) char *quoted = string_quote(text, strlen(text), 80);

        return failure_set(
                        reterr,
                        -EINVAL,
                        FAILURE_INVALID_VALUE,
                        KEY ": '%s' %s",
                        quoted ?: "?",
                        why);
}

static char to_lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
}

static bool is_name_byte(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("-_", c) ||
               (unsigned char) c >= 0x80;
}

/* "[192.0.2.1]", "[ipv6:2001:db8::1]": what follows the @ where there is no name. */
static bool is_address_literal(const char *name, size_t size) {
        return size > 2 && name[0] == '[' && name[size - 1] == ']' &&
               strspn(name + 1, "0123456789abcdefipv.:") == size - 2;
}

static bool is_domain(const char *name, size_t size) {
        if (is_address_literal(name, size))
                return true;

        for (size_t i = 0; i < size; i++)
                if (name[i] == '.') {
                        if (i == 0 || i == size - 1 || name[i - 1] == '.')
                                return false;
                } else if (!is_name_byte(name[i]))
                        return false;

        return true;
}

static int digit(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        c = to_lower(c);
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "\xNN" at that place. */
static bool is_escape(const char *word) {
        return word[0] == '\\' && word[1] == 'x' && digit(word[2]) >= 0 && digit(word[3]) >= 0;
}

/* Return: how many bytes the name has; 0 for none, too many, or a NUL. */
static size_t read_name(const char *word, size_t size_max, char ret[static SUBJECT_NAME_SIZE]) {
        size_t size = 0;

        while (*word) {
                bool escaped = is_escape(word);
                char c = escaped ? (char) (digit(word[2]) * 16 + digit(word[3])) : *word;

                if (!c || size == size_max)
                        return 0;
                ret[size++] = to_lower(c);
                word += escaped ? 4 : 1;
        }

        ret[size] = 0;
        return size;
}

static int read_domain(const char *text, const char *word, char *ret, Failure *reterr) {
        size_t size = read_name(word, OWNERS_DOMAIN_MAX + 1, ret);

        if (size > 0 && ret[size - 1] == '.')
                ret[--size] = 0;
        if (size == 0 || size > OWNERS_DOMAIN_MAX)
                return refuse(reterr, text, "has no domain of 1 to 255 bytes");

        return is_domain(ret, size) ? 0 : refuse(reterr, text, "is no domain");
}

static int read_mailbox(const char *text, const char *word, char *ret, Failure *reterr) {
        if (read_name(word, SUBJECT_NAME_MAX, ret) == 0)
                return refuse(reterr, text, "has no mailbox of 1 to 1024 bytes");

        return 0;
}

static int read_user(
                const char *text,
                const char *word,
                const UserNames *users,
                char *ret,
                Failure *reterr) {
        CLEANUP(freep) char *quoted = NULL;
        uint32_t uid;

        if (!*word)
                return refuse(reterr, text, "has no user");

        if (strspn(word, DIGITS) == strlen(word)) {
                if (parse_u32(word, UINT32_MAX - 1, &uid) < 0)
                        return refuse(reterr, text, "is no uid");
        } else if (!user_names_find_uid(users, word, &uid)) {
                quoted = string_quote(word, strlen(word), 80);
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_UNKNOWN_NAME,
                                KEY ": there is no user '%s' in /etc/passwd; of others give the "
                                    "uid, as user:1005",
                                quoted ?: "?");
        }

        (void) snprintf(ret, SUBJECT_NAME_SIZE, "%" PRIu32, uid);
        return 0;
}

int subject_from_text(const char *text, const UserNames *users, Subject *ret, Failure *reterr) {
        assert(text && ret);

        for (SubjectKind i = 0; i < _SUBJECT_KIND_MAX; i++) {
                const char *word = string_after_prefix(text, subject_kind_to_string(i));

                if (!word || *word != ':')
                        continue;

                ret->kind = i;
                word++;
                switch (i) {
                case SUBJECT_DOMAIN:
                        return read_domain(text, word, ret->name, reterr);
                case SUBJECT_MAILBOX:
                        return read_mailbox(text, word, ret->name, reterr);
                case SUBJECT_USER:
                case _SUBJECT_KIND_MAX:
                default:
                        return read_user(text, word, users, ret->name, reterr);
                }
        }

        return refuse(reterr, text, "is none of domain:NAME, mailbox:NAME and user:NAME");
}

static void append_name(Text *text, const char *name) {
        while (*name) {
                size_t size = utf8_character_size(name);
                bool is_control = (unsigned char) *name < ' ' || *name == 0x7f;

                if (size == 0 || is_control || (name[0] == '\\' && name[1] == 'x')) {
                        text_append_format(text, "\\x%02x", (unsigned char) *name);
                        name++;
                } else {
                        text_append(text, name, size);
                        name += size;
                }
        }
}

/* A name of digits would be read as a uid. */
static const char *user_name(const char *number, const UserNames *users) {
        const char *name = user_names_find(users, (uint32_t) strtoul(number, NULL, 10));

        return name && strspn(name, DIGITS) < strlen(name) ? name : number;
}

char *subject_to_text(SubjectKind kind, const char *name, const UserNames *users) {
        CLEANUP(text_done) Text text = {};
        char *ret;

        text_append_format(&text, "%s:", subject_kind_to_string(kind));
        append_name(&text, kind == SUBJECT_USER ? user_name(name, users) : name);
        return text_finish(&text, &ret, NULL) < 0 ? NULL : ret;
}
