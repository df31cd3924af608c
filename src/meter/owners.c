/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "meter/owners.h"
#include "util/parse.h"

/* Both point into the text, and are NUL-terminated there. */
typedef struct Owner {
        const char *domain;
        const char *user;
} Owner;

struct Owners {
        char *text;   /* owned */
        Owner *items; /* owned; sorted by domain and user */
        size_t count;
};

typedef struct UserName {
        uint32_t uid;
        const char *name; /* points into the text */
} UserName;

struct UserNames {
        char *text;      /* owned */
        UserName *items; /* owned; sorted by uid */
        size_t count;
};

/* Cut the next line off. NULL at the end. A NUL ends the line early. */
static char *next_line(char **position, char *end) {
        char *line = *position;
        char *newline;

        if (line >= end)
                return NULL;

        newline = memchr(line, '\n', (size_t) (end - line));
        if (newline)
                *newline = 0;
        *position = newline ? newline + 1 : end;
        return line;
}

static size_t count_lines(const char *text, size_t size) {
        size_t count = 1;

        for (size_t i = 0; i < size; i++)
                count += text[i] == '\n';
        return count;
}

/* Without blanks at both ends. */
static char *trim(char *word) {
        char *end = word + strlen(word);

        while (*word == ' ' || *word == '\t')
                word++;
        while (end > word && strchr(" \t\r", end[-1]))
                end--;
        *end = 0;
        return word;
}

static void lower(char *text) {
        for (; *text; text++)
                if (*text >= 'A' && *text <= 'Z')
                        *text = (char) (*text - 'A' + 'a');
}

/* Return: is it an owner? */
static bool read_owner(char *line, Owner *ret) {
        char *colon = strchr(line, ':');
        size_t size;

        if (!colon)
                return false;

        *colon = 0;
        line = trim(line);
        lower(line);
        size = strlen(line);
        if (size > 0 && line[size - 1] == '.')
                line[--size] = 0;

        *ret = (Owner){ line, trim(colon + 1) };
        return size > 0 && size <= OWNERS_DOMAIN_MAX && ret->user[0];
}

static int compare_owners(const void *a, const void *b) {
        const Owner *x = a, *y = b;
        int r = strcmp(x->domain, y->domain);

        return r != 0 ? r : strcmp(x->user, y->user);
}

Owners *owners_free(Owners *owners) {
        if (!owners)
                return NULL;

        free(owners->text);
        free(owners->items);
        free(owners);
        return NULL;
}

int owners_from_text(char *text, size_t size, Owners **ret, size_t *ret_unreadable) {
        CLEANUP(freep) char *owned = text;
        CLEANUP(owners_freep) Owners *owners = NULL;
        size_t unreadable = 0;
        char *position = text;

        assert(text && ret && ret_unreadable);

        owners = calloc(1, sizeof(*owners));
        if (!owners)
                return -ENOMEM;
        owners->items = calloc(count_lines(text, size), sizeof(*owners->items));
        if (!owners->items)
                return -ENOMEM;
        owners->text = TAKE(owned);

        for (char *line; (line = next_line(&position, text + size));) {
                line = trim(line);
                if (!line[0] || line[0] == '#')
                        continue;
                if (read_owner(line, &owners->items[owners->count]))
                        owners->count++;
                else
                        unreadable++;
        }
        qsort(owners->items, owners->count, sizeof(*owners->items), compare_owners);

        *ret = TAKE(owners);
        *ret_unreadable = unreadable;
        return 0;
}

bool owners_has(const Owners *owners, const char *domain, const char *user) {
        const Owner wanted = { domain, user };

        assert(owners && domain);

        return user && bsearch(&wanted,
                               owners->items,
                               owners->count,
                               sizeof(*owners->items),
                               compare_owners);
}

static int compare_uids(const void *a, const void *b) {
        const UserName *x = a, *y = b;

        return x->uid < y->uid ? -1 : x->uid > y->uid;
}

/* name:password:uid:... */
static bool read_user(char *line, UserName *ret) {
        char *password = strchr(line, ':');
        char *uid = password ? strchr(password + 1, ':') : NULL;
        char *end = uid ? strchr(uid + 1, ':') : NULL;

        if (!end)
                return false;

        *password = 0;
        *end = 0;
        ret->name = line;
        return line[0] && parse_u32(uid + 1, UINT32_MAX - 1, &ret->uid) >= 0;
}

UserNames *user_names_free(UserNames *users) {
        if (!users)
                return NULL;

        free(users->text);
        free(users->items);
        free(users);
        return NULL;
}

int user_names_from_text(char *text, size_t size, UserNames **ret) {
        CLEANUP(freep) char *owned = text;
        CLEANUP(user_names_freep) UserNames *users = NULL;
        char *position = text;

        assert(text && ret);

        users = calloc(1, sizeof(*users));
        if (!users)
                return -ENOMEM;
        users->items = calloc(count_lines(text, size), sizeof(*users->items));
        if (!users->items)
                return -ENOMEM;
        users->text = TAKE(owned);

        for (char *line; (line = next_line(&position, text + size));)
                if (read_user(line, &users->items[users->count]))
                        users->count++;
        qsort(users->items, users->count, sizeof(*users->items), compare_uids);

        *ret = TAKE(users);
        return 0;
}

const char *user_names_find(const UserNames *users, uint32_t uid) {
        const UserName wanted = { .uid = uid };
        const UserName *found = NULL;

        if (users)
                found = bsearch(&wanted,
                                users->items,
                                users->count,
                                sizeof(*users->items),
                                compare_uids);
        return found ? found->name : NULL;
}

bool user_names_find_uid(const UserNames *users, const char *name, uint32_t *ret) {
        for (size_t i = 0; users && i < users->count; i++)
                if (strcmp(users->items[i].name, name) == 0) {
                        *ret = users->items[i].uid;
                        return true;
                }

        return false;
}
