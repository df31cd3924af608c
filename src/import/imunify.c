/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The section SMTP_BLOCKING of imunify360.config. That is YAML, of which the one form is read in
 * which the program writes it: a setting in a line, lists behind it or in lines of their own. All
 * else in this section is a remark, so nothing is taken for something that it is not.
 */

#include <errno.h>

#include "import/lines.h"
#include "import/values.h"
#include "smtp-restrictions/smtp-restrictions.h"
#include "util/text.h"

#define SECTION "SMTP_BLOCKING"

enum {
        ENABLE,
        REDIRECT,
        ALLOW_LOCAL,
        PORTS,
        ALLOW_USERS,
        ALLOW_GROUPS,
        _NAME_MAX,
};

static const char *const names[_NAME_MAX] = {
        [ENABLE] = "enable", [REDIRECT] = "redirect",       [ALLOW_LOCAL] = "allow_local",
        [PORTS] = "ports",   [ALLOW_USERS] = "allow_users", [ALLOW_GROUPS] = "allow_groups",
};

typedef struct Section {
        Text values[_NAME_MAX]; /* parts of a list with commas between */
        bool found[_NAME_MAX];
        size_t open; /* the setting that lines of a list belong to; _NAME_MAX: none */
} Section;

static void section_done(Section *section) {
        for (size_t i = 0; i < _NAME_MAX; i++)
                text_done(&section->values[i]);
}

/* Without blanks, and without these two around it. */
static char *strip_pair(char *value, char first, char last) {
        size_t size;

        value = string_trim(value);
        size = strlen(value);
        if (size < 2 || value[0] != first || value[size - 1] != last)
                return value;

        value[size - 1] = 0;
        return string_trim(value + 1);
}

/* Without a comment and the brackets of a list. */
static char *plain_value(char *value) {
        char *comment = strstr(value, " #");

        if (comment)
                *comment = 0;
        return strip_pair(value, '[', ']');
}

/* Each part of "a, 'b'" for itself. */
static void add_parts(Import *import, Section *section, size_t name, char *value) {
        char *rest = value, *part;

        while ((part = strsep(&rest, ","))) {
                part = strip_pair(strip_pair(part, '"', '"'), '\'', '\'');
                if (!*part)
                        continue;
                if (strpbrk(part, "{}[]&*!|>%@`#\"'")) {
                        import_remark(import, names[name], part, "It is not understood");
                        continue;
                }
                if (section->values[name].size > 0)
                        text_append_string(&section->values[name], ",");
                text_append_string(&section->values[name], part);
        }
}

static void read_line(Import *import, Section *section, char *line) {
        char *colon;

        if (line[0] == '-') {
                if (section->open < _NAME_MAX)
                        add_parts(import, section, section->open, plain_value(line + 1));
                return;
        }

        section->open = _NAME_MAX;
        colon = strchr(line, ':');
        if (!colon)
                return;
        *colon = 0;
        for (size_t i = 0; i < _NAME_MAX; i++)
                if (string_equal(string_trim(line), names[i])) {
                        text_done(&section->values[i]);
                        section->values[i] = (Text){};
                        section->found[i] = true;
                        section->open = i;
                        add_parts(import, section, i, plain_value(colon + 1));
                }
}

/* Return: 0, or -EINVAL. */
static int read_section(
                Import *import, char *text, size_t size, Section *section, Failure *reterr) {
        Lines lines = { .rest = text, .size = size };
        bool inside = false, found = false;
        char *line;

        while ((line = lines_next(&lines))) {
                bool indented = *line == ' ' || *line == '\t';
                const char *behind;

                if (!indented && *line && *line != '#' && *line != '-') {
                        behind = string_after_prefix(line, SECTION ":");
                        inside = behind != NULL;
                        found = found || inside;
                        if (inside && *plain_value(line + strlen(SECTION ":")))
                                return failure_set(
                                                reterr,
                                                -EINVAL,
                                                FAILURE_INVALID_VALUE,
                                                "line %zu: only the form with one setting in a "
                                                "line is understood",
                                                lines.number);
                } else if (inside) {
                        line = string_trim(line);
                        if (*line && *line != '#')
                                read_line(import, section, line);
                }
        }

        return found ? 0
                     : failure_set(reterr,
                                   -EINVAL,
                                   FAILURE_INVALID_VALUE,
                                   "it has no section " SECTION);
}

static const char *value_of(const Section *section, size_t name) {
        if (!section->found[name])
                return NULL;

        return section->values[name].size > 0 ? section->values[name].data : "";
}

static void remark_differences(Import *import, const char *groups, const char *local) {
        if (*groups)
                import_remark(import,
                              names[ALLOW_GROUPS],
                              groups,
                              "There only a user's primary group counted; here all members may");
        if (import_read_flag(import, names[ALLOW_LOCAL], local) != TRISTATE_TRUE)
                import_remark(import,
                              names[ALLOW_LOCAL],
                              local ?: "false",
                              "Connections to this host itself are never restricted here");
}

int import_imunify(Import *import, char *text, size_t size, Failure *reterr) {
        CLEANUP(section_done) Section section = { .open = _NAME_MAX };
        const char *groups;
        Tristate enable;
        bool redirect;
        int r;

        r = read_section(import, text, size, &section, reterr);
        if (r < 0)
                return r;
        for (size_t i = 0; i < _NAME_MAX; i++)
                import->failed = import->failed || section.values[i].failed;

        enable = import_read_flag(import, names[ENABLE], value_of(&section, ENABLE));
        redirect = import_read_flag(import, names[REDIRECT], value_of(&section, REDIRECT)) ==
                   TRISTATE_TRUE;
        groups = value_of(&section, ALLOW_GROUPS) ?: "";
        if (enable != TRISTATE_UNSET)
                import_set(import, SMTP_RESTRICTIONS_KEY_ENABLED, json_boolean(enable));
        import_set_ports(import, names[PORTS], value_of(&section, PORTS) ?: "", redirect);
        import_set_names(
                        import,
                        names[ALLOW_USERS],
                        value_of(&section, ALLOW_USERS) ?: "",
                        SMTP_RESTRICTIONS_KEY_ALLOWED_USERS);
        import_set_names(import, names[ALLOW_GROUPS], groups, SMTP_RESTRICTIONS_KEY_ALLOWED_GROUPS);

        if (enable == TRISTATE_TRUE)
                remark_differences(import, groups, value_of(&section, ALLOW_LOCAL));
        return 0;
}
