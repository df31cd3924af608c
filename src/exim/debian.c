/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "exim/debian.h"

#define WORD_SIZE 32

/*
 * The last assignment in the text counts. Only what needs no shell to understand is taken:
 * name=word, name='word', name="word", with a comment behind it perhaps. Return: 0 (an empty word
 * if it is not set), -EBADMSG.
 */
static int read_word(const char *text, const char *name, char ret_word[static WORD_SIZE]) {
        size_t name_size = strlen(name);
        int r = 0;

        ret_word[0] = 0;

        for (const char *line = text; *line;) {
                const char *end = strchrnul(line, '\n'), *s = line;
                size_t size;
                char quote = 0;

                line = *end ? end + 1 : end;

                s += strspn(s, " \t");
                if ((size_t) (end - s) <= name_size || memcmp(s, name, name_size) != 0 ||
                    s[name_size] != '=')
                        continue;
                s += name_size + 1;

                if (*s == '\'' || *s == '"')
                        quote = *s++;
                size = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
                r = -EBADMSG;
                if (size >= WORD_SIZE || (quote && s[size] != quote))
                        continue;

                memcpy(ret_word, s, size);
                ret_word[size] = 0;
                s += size + (quote ? 1 : 0);
                s += strspn(s, " \t\r");
                if (s == end || *s == '#')
                        r = 0;
        }

        return r;
}

int debian_conf_parse(const char *text, DebianConf *ret) {
        char split[WORD_SIZE];
        DebianConf conf = {};

        if (read_word(text, "dc_use_split_config", split) < 0)
                return -EBADMSG;

        /* as update-exim4.conf(8): lower case, and unset is false */
        if (strcasecmp(split, "true") == 0)
                conf.is_split = true;
        else if (split[0] && strcasecmp(split, "false") != 0)
                return -EBADMSG;

        *ret = conf;
        return 0;
}
