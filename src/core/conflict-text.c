/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <stddef.h>
#include <strings.h>

#include "core/conflict-text.h"
#include "util/text.h"

#define BLANKS " \t"
/* Of a line; a longer one is none that is looked for. */
#define LINE_MAX_BYTES 1024

/* The next line without its end, cut where it is too long. Return: false when there is none. */
static bool next_line(const char **text, char line[static LINE_MAX_BYTES]) {
        size_t size = strcspn(*text, "\r\n");
        size_t kept = MIN_OF(size, (size_t) LINE_MAX_BYTES - 1);

        if (**text == 0)
                return false;

        (void) memcpy(line, *text, kept);
        line[kept] = 0;
        *text += size;
        *text += strspn(*text, "\r\n");
        return true;
}

/* KEY SEPARATOR VALUE, blanks anywhere, quotes round the value; -> what follows the separator. */
static const char *value_of(const char *line, const char *key, char separator) {
        const char *rest = string_after_prefix(line + strspn(line, BLANKS), key);

        if (!rest)
                return NULL;
        rest += strspn(rest, BLANKS);
        if (*rest != separator)
                return NULL;
        rest++;
        return rest + strspn(rest, BLANKS "\"'");
}

/* The word, and nothing that would make it another. */
static bool is_word(const char *value, const char *word) {
        const char *rest = value ? string_after_prefix(value, word) : NULL;

        return rest && !isalnum((unsigned char) *rest);
}

/* The last line counts, as for those who read these files. */
static bool last_value_is(const char *text, const char *key, const char *word) {
        char line[LINE_MAX_BYTES];
        bool found = false;

        while (next_line(&text, line)) {
                const char *value = value_of(line, key, '=');

                if (value)
                        found = is_word(value, word);
        }

        return found;
}

bool conflict_text_has_csf(const char *text) {
        return last_value_is(text, "SMTP_BLOCK", "1");
}

/* As YAML has it. */
static bool is_yes(const char *value) {
        static const char *const words[] = { "true", "yes", "y", "on" };

        for (size_t i = 0; i < ELEMENTS_OF(words); i++) {
                size_t size = strlen(words[i]);

                if (strncasecmp(value, words[i], size) == 0 &&
                    !isalnum((unsigned char) value[size]))
                        return true;
        }

        return false;
}

bool conflict_text_is_there(const char *text) {
        return text != NULL;
}

bool conflict_text_has_imunify(const char *text) {
        char line[LINE_MAX_BYTES];
        bool inside = false, found = false;

        while (next_line(&text, line)) {
                const char *value;

                if (line[0] != ' ' && line[0] != '#' && line[0] != 0)
                        inside = value_of(line, "SMTP_BLOCKING", ':') != NULL;
                value = inside ? value_of(line, "enable", ':') : NULL;
                if (value)
                        found = is_yes(value);
        }

        return found;
}

/* A list of ports as iptables-save writes it: "25" or "25,465,587", or a range of them. */
static bool has_smtp_port(const char *ports) {
        static const char *const smtp[] = { "25", "465", "587" };
        size_t size = strcspn(ports, BLANKS);

        for (const char *port = ports; port < ports + size; port += strcspn(port, ", ") + 1)
                for (size_t i = 0; i < ELEMENTS_OF(smtp); i++)
                        if (is_word(port, smtp[i]))
                                return true;

        return false;
}

static bool rule_is_of_owner(const char *line) {
        static const char *const options[] = { "--dport ", "--dports " };

        if (!string_after_prefix(line, "-A ") ||
            !(strstr(line, "--uid-owner ") || strstr(line, "--gid-owner ")))
                return false;

        for (size_t i = 0; i < ELEMENTS_OF(options); i++) {
                const char *ports = strstr(line, options[i]);

                if (ports && has_smtp_port(ports + strlen(options[i])))
                        return true;
        }

        return false;
}

bool conflict_text_has_iptables(const char *text) {
        char line[LINE_MAX_BYTES];

        while (next_line(&text, line))
                if (rule_is_of_owner(line))
                        return true;

        return false;
}
