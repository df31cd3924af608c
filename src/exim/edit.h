/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Put options into an Exim configuration and take them out again, to the byte. Pure.
 *
 * What is ours stands between two mark lines, and the second one carries a checksum of the block,
 * so that a block that somebody has edited is known and never guessed at:
 *
 *     # BEGIN smtp-restrictions: changed by smtp-restrictionsctl(1), see there before editing
 *     #= smtp_accept_max = 20
 *     smtp_accept_max = 50
 *     # END smtp-restrictions 1f0c9a7e
 *
 * "#= " keeps a physical line as it was; "#~ " one that had no newline. A block that keeps nothing
 * was added; one that says "file made by" began a file that did not exist before.
 *
 * strip(edit(text)) is text, whatever text is, if it holds no block of ours already; else it is
 * strip(text).
 */

#include "exim/options.h"

enum {
        EXIM_EDIT_E_DAMAGED = 1, /* our block was edited by somebody else, or is not whole */
        EXIM_EDIT_E_DIRECTIVE,   /* a condition or an include runs through the line to replace */
        EXIM_EDIT_E_SCATTERED,   /* an option is set under conditions, in several files */
};

/* Where it went wrong, with EXIM_EDIT_E_*. */
typedef struct EximEditPlace {
        size_t line;        /* from 1; for EXIM_EDIT_E_DIRECTIVE in the text without our blocks */
        const char *option; /* static; EXIM_EDIT_E_DIRECTIVE */
} EximEditPlace;

typedef struct EximStripped {
        char *text; /* owned */
        size_t size;
        bool was_made; /* the file did not exist before us */
        bool had_block;
} EximStripped;

void exim_stripped_done(EximStripped *stripped);

/* Take out what is ours. Return: 0, EXIM_EDIT_E_DAMAGED, -ENOMEM. */
WARN_UNUSED int exim_strip(
                const char *text, size_t size, EximStripped *ret, EximEditPlace *reterr_place);

/*
 * The text with these settings in its main section, after taking out what is ours. A set option is
 * replaced where it stands; where it stands only in branches of conditions, of which perhaps none
 * is taken, it is taken out there and added at the top, as is one that is not set at all. `text`
 * NULL: there is no such file, and strip will say was_made. Without settings it is the stripped
 * text. The caller frees. Return: 0, EXIM_EDIT_E_*, -ENOMEM.
 */
WARN_UNUSED int exim_edit(
                const char *text,
                size_t size,
                const EximSettings *settings,
                char **ret_text,
                size_t *ret_size,
                EximEditPlace *reterr_place);

/* The line in which an option is set in the main section, conditions or not. Return: 0, -ENOENT,
 * -ENOMEM. */
WARN_UNUSED int exim_find_option(
                const char *text, size_t size, const char *option, size_t *ret_line);
