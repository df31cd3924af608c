/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * One line of Exim's main log. Nearly all of it is chosen by strangers: addresses, HELO, AUTH ids,
 * message ids, replies. So it is read strictly from the left, in the order in which Exim writes it,
 * and what can be read in two ways is not there. Pure; allocates nothing: all texts point into the
 * line.
 */

#include "util/macro.h"

#define LOG_LINE_SIZE_MAX ((size_t) 8192) /* Exim writes none that is longer */

/* `data` is NULL where there is no such part. Not NUL-terminated, any bytes. */
typedef struct LogText {
        const char *data;
        size_t size;
} LogText;

typedef enum LogLineKind {
        LOG_LINE_UNPARSABLE, /* not in the form that Exim gives it: to be counted, else ignored */
        LOG_LINE_OTHER,      /* is none of our business */
        LOG_LINE_ACCEPTED,   /* <= */
        LOG_LINE_DELIVERED,  /* => -> >> */
        LOG_LINE_DISCARDED,  /* *>, or => to nowhere: neither good nor bad */
        LOG_LINE_FAILED,     /* ** */
        LOG_LINE_DEFERRED,   /* == */
        LOG_LINE_HELD,       /* == with code -23: hold_domains, ours or the administrator's */
        LOG_LINE_COMPLETED,
        LOG_LINE_REJECTED, /* with an id: that message is not accepted. The line's text is foreign,
                              so this is a hint; an ACCEPTED of that id is stronger */
        LOG_LINE_VERDICT,  /* what our own ACL has written, before the ACCEPTED of that id */
} LogLineKind;

typedef struct LogLine {
        LogLineKind kind;
        LogText stamp; /* "2026-11-20 08:39:49.123 +0100", for log_clock_read() */
        LogText id;    /* of the message */

        /* ACCEPTED */
        LogText sender;        /* as written, with its quotes; of size 0 for a bounce */
        LogText authenticator; /* A=: present if the client has authenticated */
        LogText auth_id;       /* as whom; none where it cannot be told where it ends */
        bool is_ambiguous;     /* ... which this says: who has sent it is not known from the line */
        LogText local_user;    /* U=: login name of who called sendmail (or what an ident says) */
        LogText protocol;      /* P= */
        LogText host_address;  /* none: given by a local process, not by TCP */
        LogText parent;        /* R=: the message that a bounce is about */
        uint64_t size;         /* S= */

        /* DELIVERED, DISCARDED, FAILED, DEFERRED, HELD */
        LogText recipient;        /* all that Exim writes of it: the same bytes at each attempt */
        LogText recipient_domain; /* of the final address; size 0: delivered here, by its local part
                                     alone, or to a pipe or file */
        int code;                 /* of DEFERRED and HELD: Exim's number, an errno if above 0 */

        /* VERDICT */
        LogText verdict; /* the word */
        uint32_t count;  /* n= */
        bool has_uid;    /* false: "-" */
        uint32_t uid;
} LogLine;

/* `line` is without its newline. */
void log_line_parse(const char *line, size_t size, LogLine *ret);

/* What stands behind the last @ that is not quoted; of size 0 without one. */
LogText log_address_domain(LogText address);
