/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the service asks smtp-restrictions-check on its standard input, and what that answers on
 * its standard output. Pure. The answer is foreign text: what was tried ran as root beside it.
 */

#include "util/macro.h"

#define EXIM_PROBE_TEXT_MAX ((size_t) 16 * 1024) /* of either, and of all that is in it */

typedef struct EximProbeRequest {
        char *binary; /* owned, all */
        char *staged; /* the configuration to try */
        char *real;   /* the name it shall have in texts */
        char *domain; /* a local one */
} EximProbeRequest;

void exim_probe_request_done(EximProbeRequest *request);

/* The caller frees. Return: 0, -EINVAL if a field cannot be written, -ENOMEM. */
WARN_UNUSED int exim_probe_request_to_text(const EximProbeRequest *request, char **ret_text);
/* Return: 0, -EBADMSG, -ENOMEM. */
WARN_UNUSED int exim_probe_request_parse(const char *text, EximProbeRequest *ret);

typedef enum EximVerdict {
        EXIM_VERDICT_GOOD,    /* nothing fails that did not fail before */
        EXIM_VERDICT_UNKNOWN, /* nothing is known to, but not all could be tried */
        EXIM_VERDICT_BROKEN,  /* something does; the words say what */
        _EXIM_VERDICT_MAX,
} EximVerdict;

/* `words` are printable. The caller frees. NULL when out of memory. */
char *exim_probe_answer_to_text(EximVerdict verdict, const char *words);
/* The caller frees the words, which are printable and bounded. Return: 0, -EBADMSG, -ENOMEM. */
WARN_UNUSED int exim_probe_answer_parse(const char *text, EximVerdict *ret, char **ret_words);
