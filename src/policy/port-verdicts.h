/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What happens on which port to who may not connect. Pure. */

#include "smtp-restrictions/smtp-restrictions.h"
#include "util/failure.h"

typedef enum PortVerdict {
        PORT_VERDICT_REDIRECT, /* to the same port of the local MTA */
        PORT_VERDICT_REJECT,   /* refused at once, by a TCP reset */
        _PORT_VERDICT_MAX,
} PortVerdict;

const char *port_verdict_to_string(PortVerdict verdict);
/* Return: 0 or -EINVAL. */
WARN_UNUSED int port_verdict_from_string(const char *string, PortVerdict *ret);

/* What happens on which port to who may not connect. Sorted by port, no port twice. */
typedef struct PortVerdicts {
        struct {
                uint16_t port;
                PortVerdict verdict;
        } entries[SMTP_RESTRICTIONS_PORTS_MAX];
        size_t count;
} PortVerdicts;

/* 25 redirect, 465 and 587 reject. */
extern const PortVerdicts port_verdicts_default;

enum { PORT_VERDICTS_E_TWICE = 1, PORT_VERDICTS_E_FULL };

/* Insert at its place. Return: 0 or PORT_VERDICTS_E_*. */
WARN_UNUSED int port_verdicts_add(PortVerdicts *verdicts, uint16_t port, PortVerdict verdict);
bool port_verdicts_equal(const PortVerdicts *a, const PortVerdicts *b);
bool port_verdicts_have(const PortVerdicts *verdicts, PortVerdict verdict);

/*
 * The same for an entry as a caller wrote it. Return: 0, or -EINVAL with InvalidValue whose text
 * begins "PortVerdicts:".
 */
WARN_UNUSED int port_verdicts_add_string(
                PortVerdicts *verdicts, uint64_t port, const char *verdict, Failure *reterr);
