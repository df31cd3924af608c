/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What Exim prints: `exim -bV`, `exim -bP OPTION...`, `exim -bP config`, and its errors. Pure. The
 * text is foreign: a configuration decides what stands in it.
 */

#include "util/string-list.h"

#define EXIM_ERROR_TEXT_MAX 600

/* A configuration that is not the one in force, and the name it shall have in error texts. */
typedef struct EximStaged {
        const char *path;
        const char *real;
        const struct EximStaged
                        *next; /* what it includes in place of the files in force; or NULL */
} EximStaged;

/* Of `exim -bV`. */
typedef struct EximVersion {
        char *version;          /* owned: "4.96" */
        char *config;           /* owned: the file in force; NULL if the configuration is refused */
        StringList search_path; /* likewise empty */
} EximVersion;

void exim_version_done(EximVersion *version);

/* Return: 0, -EBADMSG if it does not say a version, -ENOMEM. */
WARN_UNUSED int exim_version_parse(const char *output, EximVersion *ret);

/* The value of an option in `exim -bP OPTION...`. The caller frees. Return: 0, -ENOENT, -ENOMEM. */
WARN_UNUSED int exim_option_parse(const char *output, const char *option, char **ret_value);

/* A number as Exim prints it, some with K, M or G. Return: 0 or -EINVAL. */
WARN_UNUSED int exim_number_parse(const char *printed, uint64_t *ret);

/* Is the printed value this text, or this number? */
bool exim_value_equals(const char *printed, const char *wanted);

/* Is this a line of `exim -bP config`? It prints what Exim has read, macros and conditions done. */
bool exim_config_has_line(const char *output, const char *wanted);

/* The files that `exim -bP config` was read from, each once, sorted. Return: 0 or -ENOMEM. */
WARN_UNUSED int exim_files_parse(const char *output, StringList *ret);

/*
 * Exim's words about a configuration that it refuses, on one line: the two lines of the error,
 * without its time, with real paths in place of the staged ones (NULL: none), bounded and quoted.
 * The caller frees. NULL when out of memory.
 */
char *exim_error_text(const char *errors, const EximStaged *staged);

/* Other words of Exim's with real paths in place of the staged ones. The caller frees. NULL when
 * out of memory. */
char *exim_real_names(const char *words, const EximStaged *staged);

/* Where Exim found the error. */
typedef struct EximErrorPlace {
        char *path; /* owned; NULL if it does not say */
        uint32_t line;
        bool wrong_owner; /* owner, group or mode of a file is wrong, rather than its text */
        bool set_twice;   /* an option is set for the second time */
} EximErrorPlace;

void exim_error_place_done(EximErrorPlace *place);

/* With the real path. Return: 0 or -ENOMEM. */
WARN_UNUSED int exim_error_place_parse(
                const char *errors, const EximStaged *staged, EximErrorPlace *ret);
