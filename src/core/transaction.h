/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The inside of converge(): what the steps of one transaction (core/steps.h) share. */

#include "core/converge.h"

typedef struct Transaction {
        Engine *engine;
        const ConvergeRequest *request;
        uint64_t began_usec; /* CLOCK_MONOTONIC */

        EximFacts exim;
        bool exim_skipped; /* its half could not be done and may be left */
        bool exim_waits;   /* and there was, or may have been, something to do */
        EximEdits *edits;
        EximListeners listeners;
        Digest config_before; /* of the file that Exim reads, before any of its files changed */

        SocketList listening;
        Applied next;
        bool policy_changed;
        bool applied_stored; /* applied.json was replaced */
        uint64_t now_usec;   /* CLOCK_REALTIME, when it began */
        size_t expired;      /* exceptions that `next` has no more, because their time is over */
        AtomicFile policy_file;
        AtomicFile exceptions_file;
        AtomicFile applied_file;

        bool recorded;     /* pending.json was written */
        bool exim_touched; /* a rename of an Exim file was tried */
        bool exim_asked;   /* to reload, and whether it will is not known */
        bool exim_dead;    /* the reload killed the daemon */
        bool reload_owed;  /* Exim may run with other text than its files hold */
        bool unproven;     /* it was told, and is still at it */
        bool kernel_touched;
        bool kernel_locked;
        bool commit_tried;
        char *old_policy_text; /* policy.json before the commit; NULL: there was none */
        size_t old_policy_size;

        char *meter_text; /* of meter.json; NULL: it shall not be there */
        size_t meter_size;
        bool meter_touched; /* it is another one, or may be */

        Problems problems;
} Transaction;

void transaction_init(Transaction *t, Engine *engine, const ConvergeRequest *request);
void transaction_done(Transaction *t);

/* When Exim has to have answered all that it is asked, so that the reload has its time.
 * CLOCK_MONOTONIC. */
uint64_t transaction_asking_ends_usec(const Transaction *t);
/* Of what the whole change may take, and of `usec_max`: what is left now; never nothing. */
uint64_t transaction_time_left(const Transaction *t, uint64_t usec_max);

/* Of the file that Exim reads, as it is now. Return: 0 or a negative errno. */
WARN_UNUSED int transaction_digest_config(const Transaction *t, Digest *ret);

/* Would files that Exim has loaded change? */
bool transaction_changes_exim(const Transaction *t);

/*
 * The Exim half cannot be done (r, failure). Where nobody asked for it, that is a Problem, and the
 * rest goes on. Return: 0 if it goes on, else r with the failure moved to *reterr.
 */
WARN_UNUSED int transaction_exim_failed(Transaction *t, int r, Failure *failure, Failure *reterr);
