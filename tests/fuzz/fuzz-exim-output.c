/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Any text as what Exim prints, and as Debian's update-exim4.conf.conf. No crash, and what is
 * taken from it is bounded and fit for an error text.
 */

#include "exim/debian.h"
#include "exim/includes.h"
#include "exim/output.h"
#include "fuzz.h"

static void check_version(const char *text) {
        CLEANUP(exim_version_done) EximVersion version = {};

        if (exim_version_parse(text, &version) < 0)
                return;

        require(version.version && version.version[0], "a version is not empty");
        require(!version.config || version.config[0] == '/', "the file in force is absolute");
        for (size_t i = 0; i < version.search_path.count; i++)
                require(version.search_path.items[i][0] == '/', "the search path is absolute");
}

static void check_error(const char *text) {
        CLEANUP(exim_error_place_done) EximErrorPlace place = {};
        static const EximStaged included = { .path = "/included", .real = "/etc/exim4/more" };
        static const EximStaged staged = { .path = "/staged",
                                           .real = "/etc/exim4/exim4.conf",
                                           .next = &included };
        CLEANUP(freep) char *words = exim_error_text(text, &staged);

        require(words && words[0], "there are words for every error");
        require(strlen(words) <= 4 * EXIM_ERROR_TEXT_MAX + 3, "they are bounded");
        for (const char *s = words; *s; s++)
                require(*s >= ' ' && *s <= '~', "they are printable");

        require(exim_error_place_parse(text, &staged, &place) == 0,
                "a place can always be looked for");
        require(!place.path || place.path[0] == '/', "a place is absolute");
}

static void check_includes(const char *text) {
        CLEANUP(exim_includes_done) EximIncludes includes = {};

        if (exim_includes_parse(text, &includes) < 0)
                return;

        require(includes.count <= EXIM_INCLUDES_MAX, "the includes are bounded");
        for (size_t i = 0; i < includes.count; i++) {
                require(includes.items[i].line > 0, "an include has a line");
                require(includes.items[i].path[0] == '/', "an included file is absolute");
                require(includes.items[i].parent[0] == '/', "and so is its parent");
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(freep) char *text = strndup((const char *) data, size);
        CLEANUP(string_list_done) StringList files = {};
        CLEANUP(freep) char *value = NULL;
        DebianConf conf;

        require(text, "there is memory");
        check_version(text);
        check_error(text);
        check_includes(text);
        IGNORE_RESULT(debian_conf_parse(text, &conf)); /* any outcome is right */

        require(exim_files_parse(text, &files) == 0, "files can always be looked for");
        for (size_t i = 0; i < files.count; i++)
                require(files.items[i][0] == '/', "a file is absolute");

        if (exim_option_parse(text, "smtp_accept_max", &value) == 0) {
                require(!strchr(value, '\n'), "a value is one line");
                (void) exim_value_equals(value, "50");
        }

        return 0;
}
